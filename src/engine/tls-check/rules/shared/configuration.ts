/**
 * Configuration lines that several rules give as the way out, by server. One server a line, so that a report
 * can show the one that is asked for.
 */

const lines = (...all: readonly string[]): string => all.join("\n");

export const PROTOCOL_LINES = lines(
  "nginx:    ssl_protocols TLSv1.2 TLSv1.3;",
  "Apache:   SSLProtocol -all +TLSv1.2 +TLSv1.3",
  "HAProxy:  ssl-default-bind-options ssl-min-ver TLSv1.2",
  'Node:     tls.createServer({ minVersion: "TLSv1.2" })',
  "Postgres: ssl_min_protocol_version = 'TLSv1.2'",
);

const STRONG_SUITES =
  "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:" +
  "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";

/** Forward secrecy and AEAD only, for TLS 1.2; TLS 1.3 has nothing else anyway. */
export const CIPHER_LINES = lines(
  `nginx:    ssl_ciphers ${STRONG_SUITES};`,
  `Apache:   SSLCipherSuite ${STRONG_SUITES}`,
  `HAProxy:  ssl-default-bind-ciphers ${STRONG_SUITES}`,
  `Node:     tls.createServer({ ciphers: "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:${STRONG_SUITES}" })`,
  `Postgres: ssl_ciphers = '${STRONG_SUITES}'`,
);

export const GROUP_LINES = lines(
  "nginx:    ssl_ecdh_curve X25519:prime256v1:secp384r1;",
  "Apache:   SSLOpenSSLConfCmd Groups X25519:prime256v1:secp384r1",
  "HAProxy:  ssl-default-bind-curves X25519:P-256:P-384",
  'Node:     tls.createServer({ ecdhCurve: "X25519:prime256v1:secp384r1" })',
  "Postgres: ssl_groups = 'X25519:prime256v1:secp384r1'   (before 18: ssl_ecdh_curve = 'prime256v1')",
);

/** Needs a TLS library that has ML-KEM. */
export const POST_QUANTUM_LINES = lines(
  "nginx:    ssl_ecdh_curve X25519MLKEM768:X25519:prime256v1:secp384r1;",
  "Apache:   SSLOpenSSLConfCmd Groups X25519MLKEM768:X25519:prime256v1:secp384r1",
  "HAProxy:  ssl-default-bind-curves X25519MLKEM768:X25519:P-256:P-384",
  'Node:     tls.createServer({ ecdhCurve: "X25519MLKEM768:X25519:prime256v1:secp384r1" })',
  "Postgres: ssl_groups = 'X25519MLKEM768:X25519:prime256v1:secp384r1'   (18 and later)",
);

export const DH_LINES = lines(
  "nginx:    leave ssl_dhparam out, and DHE suites out of ssl_ciphers",
  "Apache:   SSLOpenSSLConfCmd DHParameters /etc/ssl/ffdhe2048.pem",
  "HAProxy:  tune.ssl.default-dh-param 2048",
  'Node:     tls.createServer({ dhparam: "auto" })',
  "Postgres: ssl_dh_params_file = ''   (its built-in parameters have 2048 bits)",
);

/** Leaf first, then each issuer, without the root. */
export const CHAIN_LINES = lines(
  "files:    cat leaf.pem intermediate.pem > fullchain.pem",
  "nginx:    ssl_certificate /etc/ssl/fullchain.pem;",
  "Apache:   SSLCertificateFile /etc/ssl/fullchain.pem",
  "HAProxy:  bind :443 ssl crt /etc/ssl/site.pem   (leaf, intermediates and key in one file)",
  'Node:     tls.createServer({ cert: readFileSync("fullchain.pem") })',
  "Postgres: ssl_cert_file = '/etc/ssl/fullchain.pem'",
);

export const STAPLING_LINES = lines(
  "nginx:    ssl_stapling on; ssl_stapling_verify on; resolver 127.0.0.53;",
  'Apache:   SSLUseStapling On   and   SSLStaplingCache "shmcb:logs/stapling(32768)"',
  "HAProxy:  crt-list: site.pem [ocsp-update on]   (2.8 and later)",
  'Node:     server.on("OCSPRequest", (certificate, issuer, callback) => …)',
  "Postgres: cannot staple",
);

export const TICKET_LINES = lines(
  "nginx:    ssl_session_timeout 1d;   ssl_session_tickets off;",
  "Apache:   SSLSessionCacheTimeout 86400   and   SSLSessionTickets Off",
  "HAProxy:  ssl-default-bind-options no-tls-tickets   and   tune.ssl.lifetime 86400",
  "Node:     tls.createServer({ sessionTimeout: 86400 })",
);

export const RENEGOTIATION_LINES = lines(
  "nginx:    refuses it since 0.8.23",
  "Apache:   refuses it since 2.2.15, unless SSLInsecureRenegotiation is on",
  "HAProxy:  refuses it",
  "Node:     call tlsSocket.disableRenegotiation()",
  "Postgres: refuses it since 14   (before: use TLS 1.3)",
);
