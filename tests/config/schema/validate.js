// usage: node validate.js SCHEMA FILE... Prints a JSON object: for each file what is wrong with it, the first mistake in
// words; null: nothing.
'use strict'
const fs = require('fs')
const Ajv = require('ajv')

const parse = path => JSON.parse(fs.readFileSync(path, 'utf8').replace(/^\uFEFF/, ''))

const [schema, ...files] = process.argv.slice(2)
const validate = new Ajv({ schemaId: 'auto' }).compile(parse(schema))

function mistake(path) {
  let config
  try {
    config = parse(path)
  } catch (error) {
    return 'no JSON: ' + error.message
  }
  if (validate(config)) return null
  const [first] = validate.errors
  return `${first.dataPath}: ${first.message}`
}

console.log(JSON.stringify(Object.fromEntries(files.map(path => [path, mistake(path)]))))
