/** Owns the failures that the benchmark explains itself: shown without a stack. */
export class BenchError extends Error {}
