// CQL to ELM with the translator of the CQL reference implementation, in JavaScript: no Java is needed.
import "./require.mjs";
import fs from "node:fs";
import { createRequire } from "node:module";

const { NamespaceManager, SystemModelInfoProvider } = await import("@cqframework/cql/cql");
const {
  CqlCompilerOptions,
  CqlTranslator,
  LibraryManager,
  ModelManager,
  createModelInfoProvider,
  createUcumService,
  stringAsSource,
} = await import("@cqframework/cql/cql-to-elm");

const FHIR_MODEL = createRequire(import.meta.url).resolve("cql-exec-fhir/lib/modelInfos/fhir-modelinfo-4.0.1.xml");

// Said of every retrieve when FHIRHelpers is left out; the ELM is right all the same (codeComparator `~` or `in`).
const EXPECTED = "Could not resolve membership operator for terminology target of the retrieve.";

/** The ELM of a CQL text, and the translator's warnings. Throws with every message when it has errors. */
export function translate(cql) {
  const models = new ModelManager(new NamespaceManager());
  models.modelInfoLoader.registerModelInfoProvider(new SystemModelInfoProvider());
  models.modelInfoLoader.registerModelInfoProvider(
    createModelInfoProvider((id) => (id === "FHIR" ? stringAsSource(fs.readFileSync(FHIR_MODEL, "utf8")) : null)),
  );
  const libraries = new LibraryManager(models, options(), undefined, units());
  const translator = CqlTranslator.fromText(cql, libraries);
  const errors = [...translator.errors.asJsReadonlyArrayView()].map((error) => error.message);
  if (errors.length) throw new Error(errors.join("\n"));
  const elm = JSON.parse(translator.toJson());
  const remarks = elm.library.annotation.filter((note) => note.type === "CqlToElmError");
  elm.library.annotation = elm.library.annotation.filter((note) => note.type !== "CqlToElmError");
  return {
    elm,
    warnings: remarks.map((note) => `line ${note.startLine}: ${note.message}`).filter((text) => !text.endsWith(EXPECTED)),
  };
}

// Annotations and locators triple the size of the ELM and no engine needs them.
function options() {
  const made = CqlCompilerOptions.defaultOptions();
  made.options.asJsSetView().clear();
  made.setOptions([CqlCompilerOptions.Options.DisableListDemotion, CqlCompilerOptions.Options.DisableListPromotion]);
  return made;
}

// The translator refuses quantities without a UCUM service. It only validates unit texts with it here.
function units() {
  return createUcumService((value) => value, () => null, (a) => a, (a) => a);
}
