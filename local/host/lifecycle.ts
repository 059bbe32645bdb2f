// May the host's parts still begin something, and may they still write?

export interface Lifecycle {
  /** Messages are taken and functions called. Ends first, at a graceful stop. */
  takesWork: boolean;
  /** The database can be written. Ends when what ran has ended, or was waited for long enough: then its end is not noted, and it is repeated. */
  isOpen: boolean;
}
