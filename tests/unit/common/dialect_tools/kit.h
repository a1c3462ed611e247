// A kit of a made-up system, for the tools' tests.
#pragma once

#include <gtest/gtest.h>

#include <sstream>
#include <string>

#include "common/dialect_tools/tools.h"

namespace shopwire::dialect_tools {

inline const std::string kFile = R"(dialect: test
schema: 1
base_url: https://erp.example
auth: {kind: header, name: Authorization, value: "ApiKey {key}"}
answer: {success: '.ok == true', message: .message, code: .code, codes: {TWICE: duplicate}}
operations:
  list_things:
    request: {method: GET, path: /things}
    query: '{database: $connection.database, since: $since}'
    incremental: {format: iso_utc}
    paging: {style: page, parameter: page, first: 1, size: 2}
    records: '.things[]'
    record: '{id, price: .cost, colour}'
  get_thing:
    request: {method: GET, path: '/things/{id}'}
    result: '{id, price, parts: .pieces}'
  make_thing:
    request: {method: POST, path: '/things/{kind}'}
    body: '{price: (.price | tonumber)}'
    result: '{id}'
  sign_in:
    request: {method: POST, path: /login}
    idempotent: true
    body: .
    result: '{token}'
  secret_thing:
    request: {method: GET, path: /secret}
    headers: '{Authorization: ("Bearer " + .token)}'
    result: '{id}'
)";

inline const dialect::Vocabulary& test_vocabulary() {
    using Kind = dialect::OperationWords::Kind;
    static const dialect::Vocabulary words{
        .settings = {"database"},
        .secrets = {"key"},
        .operations = {
            {"list_things", {.kind = Kind::kList, .required = {"id", "price|cost"}, .optional = {"name"}}},
            {"get_thing",
             {.path = {"id"}, .input = R"({"id":"7"})", .required = {"id", "parts[].id"}, .optional = {"price"}}},
            {"make_thing",
             {.kind = Kind::kWrite,
              .path = {"kind"},
              .input = R"({"kind":"cup","price":"12.50"})",
              .required = {"id"}}},
            {"remove_thing", {.kind = Kind::kWrite, .lost = "things stay for ever"}},
            {"sign_in", {.kind = Kind::kSession, .input = R"({"password":"p"})", .required = {"token"}}},
            {"secret_thing", {.input = R"({"token":"***"})", .required = {"id"}}}}};
    return words;
}

inline Kit test_kit() {
    static const dialect::BuiltIn kBuiltIn[] = {{"test", kFile}};
    return {.system = "test",
            .vocabulary = test_vocabulary(),
            .built_in = kBuiltIn,
            .connection = R"({"database":"Shop2026"})"};
}

}  // namespace shopwire::dialect_tools
