// What other tools write, in its documented shape, whole and sound.

export const WRK2 = `Running 30s test @ http://127.0.0.1:80/index.html
  2 threads and 100 connections
  Thread calibration: mean lat.: 9747us, rate sampling interval: 21ms
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     6.46ms    1.93ms  12.34ms   67.66%
    Req/Sec     1.05k     1.12k    2.50k    64.84%
  Latency Distribution (HdrHistogram - Recorded Latency)
 50.000%    6.67ms
100.000%   12.35ms

  Detailed Percentile spectrum:
       Value   Percentile   TotalCount 1/(1-Percentile)

       1.273     0.000000            1         1.00
       6.671     0.500000        19750         2.00
       9.003     0.900000        35550        10.00
      12.343     1.000000        39500          inf
#[Mean    =        6.460, StdDeviation   =        1.934]
#[Max     =       12.336, Total count    =        39500]
#[Buckets =           27, SubBuckets     =         2048]
----------------------------------------------------------
  60018 requests in 30.00s, 19.81MB read
  Socket errors: connect 0, read 3, write 0, timeout 10
  Non-2xx or 3xx responses: 5
Requests/sec:   2000.15
Transfer/sec:    676.14KB
`;

export const vegetaJson = (at: number, code: number, latency: number) =>
  JSON.stringify({
    attack: "",
    seq: at,
    code,
    timestamp: `2026-03-01T12:00:0${at}.250000123+01:00`,
    latency,
    bytes_out: 10,
    bytes_in: 20,
    error: code === 500 ? "500 Internal Server Error" : "",
    method: "GET",
    url: "http://service/",
  });
export const VEGETA = `${[vegetaJson(0, 200, 3_057_914), vegetaJson(1, 500, 1_000_000), vegetaJson(2, 302, 2_000_000)].join("\n")}\n`;
export const VEGETA_CSV = `1772362800250000123,200,3057914,10,20,,,a,0,GET,http://service/,
1772362801250000123,500,1000000,10,20,"500 ""Internal"", Server Error",,a,1,GET,http://service/,
`;

export const k6Point = (metric: string, second: number, value: number, tags = {}) =>
  JSON.stringify({ type: "Point", metric, data: { time: `2026-03-01T12:00:0${second}.5Z`, value, tags } });
export const K6 = `${[
  JSON.stringify({ type: "Metric", metric: "http_req_duration", data: { type: "trend", contains: "time" } }),
  k6Point("http_reqs", 1, 1),
  k6Point("http_req_duration", 1, 12.3456, {
    status: "200",
    url: "http://service/",
    expected_response: "true",
  }),
  k6Point("http_req_connecting", 1, 0.5),
  k6Point("http_req_duration", 2, 20, { status: "503", url: "http://service/", expected_response: "false" }),
  k6Point("http_req_connecting", 2, 0),
  k6Point("data_received", 2, 1234),
].join("\n")}\n`;

export const AUTOCANNON = JSON.stringify({
  url: "http://service/",
  connections: 10,
  sampleInt: 1000,
  pipelining: 2,
  duration: 10,
  start: "2026-03-01T12:00:00.000Z",
  finish: "2026-03-01T12:00:10.000Z",
  errors: 3,
  timeouts: 2,
  non2xx: 10,
  "2xx": 990,
  statusCodeStats: { 200: { count: 990 }, 500: { count: 10 } },
  latency: {
    mean: 4.2,
    stddev: 2.5,
    min: 1,
    max: 40,
    p2_5: 2,
    p50: 4,
    p90: 6,
    p97_5: 8,
    p99: 12,
    p99_9: 30,
    totalCount: 1000,
  },
  requests: { total: 1000 },
  throughput: { total: 55_000 },
});

export const ALL = { WRK2, VEGETA, VEGETA_CSV, K6, AUTOCANNON };
