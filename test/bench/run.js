// Runs all benchmarks in this folder, or those named: npm run bench -- flood serve
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";

const wanted = process.argv.slice(2);
const folder = fileURLToPath(new URL(".", import.meta.url));
const files = readdirSync(folder).filter((name) => name.endsWith(".bench.js"));
for (const file of files) {
  const name = file.slice(0, -".bench.js".length);
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  console.log(`\n# ${name}`);
  try {
    await import(`./${file}`);
  } catch (error) {
    console.log(`did not run: ${error.message}`);
  }
}
