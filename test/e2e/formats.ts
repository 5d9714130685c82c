/** A line of NDJSON with a point, as other programs read it: what it begins with, and the order of its parts. */
export const pointFormat =
  /^\{"measurement":"[a-z][a-z0-9_]*","tags":\{.*\},"fields":\{.*\},"time":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"[,}]/;
