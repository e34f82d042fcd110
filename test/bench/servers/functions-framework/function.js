/** Owns the job's work for the functions-framework, which serves it. */

export function perform(request, response) {
  let sum = 0;
  for (const number of request.body.numbers) sum += number;
  response.json(sum);
}
