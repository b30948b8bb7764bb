// Runs the ELM of every form over its example charts with the reference engine and compares what it finds.
// `FORM/examples/NAME.chart.json` is a Bundle of a patient's record, `NAME.expected.json` maps defines to values.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { PatientSource } from "cql-exec-fhir";
import cql from "cql-execution";

const forms = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
let failures = 0;

for (const form of fs.readdirSync(forms)) {
  const examples = path.join(forms, form, "examples");
  if (!fs.existsSync(examples)) continue;
  for (const name of fs.readdirSync(examples).filter((file) => file.endsWith(".chart.json"))) {
    const chart = read(path.join(examples, name));
    const expected = read(path.join(examples, name.replace(".chart.", ".expected.")));
    const found = await run(path.join(forms, form), chart);
    for (const [define, value] of Object.entries(expected)) {
      const shown = JSON.stringify(plain(found[define]));
      if (shown === JSON.stringify(value)) continue;
      failures += 1;
      console.error(`${form}/${name}: ${define} is ${shown}, expected ${JSON.stringify(value)}`);
    }
    console.log(`ran ${form}/${name}`);
  }
}
process.exitCode = failures ? 1 : 0;

async function run(form, chart) {
  const folder = path.join(form, "libraries");
  const source = PatientSource.FHIRv401();
  source.loadBundles([chart]);
  const found = {};
  for (const file of fs.readdirSync(folder).filter((name) => name.endsWith(".elm.json"))) {
    const library = new cql.Library(read(path.join(folder, file)));
    const executor = new cql.Executor(library, new cql.CodeService(valueSets(form)));
    const results = await executor.exec(source);
    Object.assign(found, Object.values(results.patientResults)[0]);
  }
  return found;
}

function valueSets(form) {
  const sets = {};
  for (const file of fs.readdirSync(path.join(form, "value-sets"))) {
    const set = read(path.join(form, "value-sets", file));
    const codes = set.compose.include.flatMap((include) =>
      include.concept.map((concept) => ({ code: concept.code, system: include.system })),
    );
    sets[set.url] = { [set.version]: codes };
  }
  return sets;
}

function plain(value) {
  if (value === null || value === undefined) return null;
  if (value.isQuantity) return { value: value.value, unit: value.unit };
  if (value.isCode) return { system: value.system, code: value.code };
  return value.toJSON ? value.toJSON() : value;
}

function read(file) {
  return JSON.parse(fs.readFileSync(file, "utf8"));
}
