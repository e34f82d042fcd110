/** Owns what may be said when a WebSocket is closed: codes and reasons that the protocol allows. */

export const GOING_AWAY = 1001;
export const WENT_WRONG = 1011;

const MAX_REASON_BYTES = 123;
/** Stand for what happened, and are never sent. */
const UNSENDABLE = new Set([1004, 1005, 1006]);

/** The code to send; a job's code that cannot be sent becomes an ordinary end. */
export function closeCode(code: number): number {
  const standard = code >= 1000 && code <= 1014 && !UNSENDABLE.has(code);
  const ofApplications = code >= 3000 && code <= 4999;
  return Number.isInteger(code) && (standard || ofApplications) ? code : 1000;
}

/** The reason, cut between two characters where it is too long. */
export const closeReason = (reason: string): string =>
  new TextDecoder().decode(Buffer.from(reason).subarray(0, MAX_REASON_BYTES), { stream: true });
