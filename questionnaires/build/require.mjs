// The translator's package calls `require`, which ES modules do not have. Import this file before it.
import { createRequire } from "node:module";

globalThis.require = createRequire(import.meta.url);
