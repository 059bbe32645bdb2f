// Says what part of a list is asked for, and what is seen of it.
import type { ListedMigration } from "./listLine.ts";

export interface PageAsked {
  /** Items at most. */
  readonly top: number;
  /** What `next` of the page before said; absent: from the beginning. */
  readonly after?: string | undefined;
}

/**
 * `next` may be there though nothing follows, and a page may be shorter than it was asked for, or empty, though
 * something does.
 */
export interface PageSeen<Item> {
  readonly items: readonly Item[];
  /** Absent: that was all. */
  readonly next?: string;
}

export interface LinesAsked extends PageAsked {
  /**
   * Only lines that were written since: `asOf` of the first page of an earlier question. Those of migrations that
   * were forgotten are among them, since whoever asks may know of them; without `since` they are left out.
   */
  readonly since?: Date | undefined;
  /** Which of them. */
  readonly wanted?: ((one: ListedMigration) => boolean) | undefined;
}

export interface LinesSeen extends PageSeen<ListedMigration> {
  /**
   * What `since` of a later question has to be for no change to be missed; some lines are told twice. By the
   * storage's clock.
   */
  readonly asOf: Date;
}
