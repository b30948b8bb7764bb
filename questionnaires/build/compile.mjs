// Compiles every .cql file of every form. Beside `X.cql` it writes `X.elm.json`, and `X.cql.sha256`: the hash of the
// CQL that the ELM was made of, so that a test can tell without Node that both belong together.
import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { translate } from "./translator.mjs";

const forms = path.dirname(path.dirname(fileURLToPath(import.meta.url)));

for (const file of cqlFiles()) {
  const source = path.join(forms, file);
  const cql = fs.readFileSync(source);
  const { elm, warnings } = translate(cql.toString());
  fs.writeFileSync(source.replace(/\.cql$/, ".elm.json"), `${JSON.stringify(elm, withoutEmptyLists)}\n`);
  fs.writeFileSync(`${source}.sha256`, `${createHash("sha256").update(cql).digest("hex")}\n`);
  for (const warning of warnings) console.log(`${file}: ${warning}`);
  console.log(`compiled ${file}`);
}

// The translator writes each optional list that is empty; without them the ELM is a third smaller.
function withoutEmptyLists(key, value) {
  const optional = ["annotation", "signature", "include", "codeFilter", "dateFilter", "otherFilter"];
  return optional.includes(key) && Array.isArray(value) && !value.length ? undefined : value;
}

function cqlFiles() {
  return fs
    .readdirSync(forms)
    .map((form) => path.join(form, "libraries"))
    .filter((folder) => fs.existsSync(path.join(forms, folder)))
    .flatMap((folder) => fs.readdirSync(path.join(forms, folder)).map((name) => path.join(folder, name)))
    .filter((name) => name.endsWith(".cql"));
}
