// Reads a list of tasks from standard input and prints a list of answers: signatures, or whether a delivery is accepted.
"use strict";
const Module = require("node:module");
const path = require("node:path");

const beside = { "@stablelib/base64": "base64.js", "fast-sha256": "sha256.js" };
const resolve = Module._resolveFilename;
Module._resolveFilename = (name, ...rest) =>
  name in beside ? path.join(__dirname, beside[name]) : resolve(name, ...rest);

const { Webhook } = require("./index.js");

function answer(task) {
  const webhook = new Webhook(task.secret);
  if (task.sign) {
    return webhook.sign(task.id, new Date(task.seconds * 1000), task.body);
  }
  try {
    webhook.verify(task.body, task.headers);
    return true;
  } catch {
    return false;
  }
}

const tasks = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
console.log(JSON.stringify(tasks.map(answer)));
