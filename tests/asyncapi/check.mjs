// Judges the AsyncAPI document named on the command line by the official parser; exits with 1 and says why.
import { readFileSync } from "node:fs";
import parserPackage from "@asyncapi/parser";

const parser = new parserPackage.Parser();
const { document, diagnostics } = await parser.parse(readFileSync(process.argv[2], "utf8"));
const said = diagnostics.map(({ severity, path, message }) => ({ severity, path: path.join("."), message }));

console.log(JSON.stringify({ messages: document ? document.allMessages().length : 0, diagnostics: said }));
process.exitCode = document ? 0 : 1;
