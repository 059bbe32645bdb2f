// Tests that the same seed injects the same faults, that each fault can happen, and that shares are kept.
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  ALL_FAULTS,
  CRASH_POINTS,
  createFaults,
  type Fault,
  NO_FAULTS,
  parseFaults,
  printFaults,
} from "../../../../local/host/faults.ts";

const faults = (text: string, life = 1) => {
  const told: string[] = [];
  return { ...createFaults(parseFaults(text), life, (fault, subject) => told.push(`${fault}: ${subject}`)), told };
};
const subjects = Array.from({ length: 4_000 }, (_, n) => `Look run:${n}`);
const letters = [..."abcdefghij"];

describe("a plan of faults", () => {
  it("is a seed, with the usual shares or others", () => {
    assert.equal(parseFaults("42").seed, 42);
    assert.ok(ALL_FAULTS.every((fault) => parseFaults("42").shares[fault] > 0));
    const { shares } = parseFaults("7:none,timer=0.5,crashDelivery=1");
    const wanted: Partial<Record<Fault, number>> = {
      timerEarly: 0.5,
      timerLate: 0.5,
      crashDeliveryRun: 1,
      crashDeliveryWritten: 1,
    };
    for (const fault of ALL_FAULTS) assert.equal(shares[fault], wanted[fault] ?? 0, fault);
  });

  for (const text of ["", "x", "42:typo=1", "42:timerLate=2", "42:timerLate=x"])
    it(`"${text}" is refused`, () => assert.throws(() => parseFaults(text), /expected/));

  it("is printed as it can be given again", () => {
    const share = fc.integer({ min: 0, max: 100 }).map((percent) => percent / 100);
    const change = fc.tuple(fc.constantFrom(...ALL_FAULTS), share).map(([fault, value]) => `${fault}=${value}`);
    const text = fc.tuple(fc.nat(), fc.array(change)).map(([seed, changes]) => `${seed}:${changes.join(",")}`);
    fc.assert(
      fc.property(text, (plan) => assert.deepEqual(parseFaults(printFaults(parseFaults(plan))), parseFaults(plan))),
    );
  });
});

describe("a seed decides", () => {
  const tricks = (seed: number, life: number, order: readonly string[]) => {
    const { happens } = faults(`${seed}:none,activityTwice=0.3`, life);
    return new Map(order.map((subject) => [subject, happens("activityTwice", subject)]));
  };

  it("the same of each subject, whatever is asked in between", () => {
    const [forth, back] = [tricks(1, 1, subjects), tricks(1, 1, subjects.toReversed())];
    for (const subject of subjects) assert.equal(forth.get(subject), back.get(subject));
  });

  it("something else than another seed, and in another life of the same data", () => {
    const usual = tricks(1, 1, subjects);
    for (const other of [tricks(2, 1, subjects), tricks(1, 2, subjects)])
      assert.ok(subjects.filter((subject) => usual.get(subject) !== other.get(subject)).length > 1_000);
  });

  it("each question about one subject anew", () => {
    const { happens } = faults("1:none,workerDies=0.5");
    const answers = new Set(Array.from({ length: 50 }, () => happens("workerDies", "the same")));
    assert.equal(answers.size, 2);
  });

  for (const fault of ALL_FAULTS)
    it(`${fault}: never without a share, always with the whole, else near its share; and tells of it`, () => {
      const count = (text: string) => subjects.filter((subject) => faults(text).happens(fault, subject)).length;
      assert.deepEqual([count(`1:none`), count(`1:none,${fault}=1`)], [0, subjects.length]);
      assert.ok(Math.abs(count(`1:none,${fault}=0.25`) - 1_000) < 150);
      const { happens, told } = faults(`1:none,${fault}=1`);
      happens(fault, "it");
      assert.deepEqual(told, [`${fault}: it`]);
    });

  it("amounts up to the most, and 0 when nothing happens", () => {
    const { amount } = faults("1:none,timerLate=0.5");
    const amounts = subjects.map((subject) => amount("timerLate", subject, 5_000));
    assert.ok(amounts.every((one) => one >= 0 && one <= 5_000) && Math.max(...amounts) > 4_900);
    assert.ok(Math.abs(amounts.filter((one) => one === 0).length - 2_000) < 200);
  });
});

describe("what was sent together arrives", () => {
  const arrivals = (text: string) => faults(text).arrivals(letters, (letter) => letter, 1_000);
  const text = (plan: string) =>
    arrivals(plan)
      .map(({ thing }) => thing)
      .join("");

  it("as it was sent, without faults", () => {
    const whole = letters.map((thing) => ({ thing, delay: 0 }));
    assert.deepEqual([arrivals("1:none"), NO_FAULTS.arrivals(letters, String, 1_000)], [whole, whole]);
  });
  it("not at all, when everything is lost", () => assert.equal(text("1:none,deliveryLost=1"), ""));
  it("twice", () => assert.equal(text("1:none,deliveryTwice=1"), "aabbccddeeffgghhiijj"));
  it("late", () => {
    const delays = arrivals("1:none,deliveryLate=1").map(({ delay }) => delay);
    assert.ok(delays.every((delay) => delay > 0 && delay <= 1_000));
  });
  it("in another order, with nothing lost", () => {
    const shuffled = text("1:none,deliveriesReordered=1");
    assert.notEqual(shuffled, letters.join(""));
    assert.deepEqual([...shuffled].sort(), letters);
  });
});

it("there is a crash point between any two steps that leave a trace", () => assert.equal(CRASH_POINTS.length, 14));
