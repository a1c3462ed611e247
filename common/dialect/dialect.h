// A dialect file: the wire shape of one system's installation as data, checked as a whole before anything is sent.
// Immutable after parsing; the engine reads it from any thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/config/schema.h"
#include "common/dialect/jq.h"
#include "common/dialect/text_template.h"
#include "common/dialect/zone.h"

namespace shopwire::dialect {

// One operation as its connector means it.
struct OperationWords {
    enum class Kind : std::uint8_t {
        kList,     // reads records
        kRead,     // reads one thing
        kSession,  // a login; what its result holds, other operations take in their input
        kWrite,    // changes something
    } kind = Kind::kRead;
    std::vector<std::string> path{};      // members of its input that a path may name
    std::string input = "{}";             // an example of it, as the connector gives it: `.` of query and body
    std::vector<std::string> required{};  // of a record or the result; "free|on_hand": one of them is enough
    std::vector<std::string> optional{};  // "lines[].sku": of each item of a list
    std::string lost{};                   // what the connector cannot do without it
};

// What the connector that owns the dialect offers to it.  Everything else in a file is a mistake.
struct Vocabulary {
    std::vector<std::string> settings{};  // $connection.x and {connection.x}
    std::vector<std::string> secrets{};   // {x} in auth
    std::map<std::string, OperationWords, std::less<>> operations{};
    // May it be sent where nothing may change?  A token that is fetched changes nothing.
    bool reads(std::string_view operation) const;
};

// The variables of every program.  $enum: the file's tables.  $page: {number, offset, end, size, token}.  $since: text,
// or null. $input: what the operation was called with (in query and body it is `.` too).
inline const std::vector<std::string> kProgramNames = {"connection", "enum", "page", "since", "input"};

// The operation of the request that gets an OAuth2 token.
inline constexpr std::string_view kFetchToken = "fetch_token";

using ProgramPtr = std::unique_ptr<Program>;

struct Auth {
    enum class Kind : std::uint8_t { kNone, kHeader, kQuery, kBasic, kOAuth2 } kind = Kind::kNone;
    std::string name{};           // of the header or query parameter
    TextTemplate value{};         // "ApiKey {api_key}"
    TextTemplate user{}, password{};
    std::string token_url{};      // oauth2: absolute, or below the base URL
    TextTemplate client_id{}, client_secret{};
    std::string scope{};          // all of them, with spaces between
    bool client_in_body = false;  // else Basic
    bool token_per_scope = false;  // else one token for all; a remote that refuses that gets one per scope anyway
};

struct Paging {
    enum class Style : std::uint8_t { kNone, kPage, kOffset, kRange, kToken } style = Style::kNone;
    enum class Stop : std::uint8_t { kShortPage, kEmptyPage, kTotal } stop = Stop::kShortPage;
    std::string parameter{};       // page number, offset, first row, or token
    std::string size_parameter{};  // page size, limit, or the row after the last one
    int first = 0;                 // number of the first page or row
    int size = 200;
    int pages_max = 10'000;
    ProgramPtr total{};            // of rows, from the answer
    ProgramPtr token{};            // of the next page, from the answer; null or "" ends
};

struct Operation {
    std::string name{};
    std::string method = "GET";
    TextTemplate path{};
    std::string scope{};  // of the token, where each scope has its own; empty: all
    bool idempotent = true;
    std::string since_format = "iso_local";
    bool incremental = false;
    ProgramPtr query{}, headers{};             // over the input; they give [[name, text], ...]
    ProgramPtr body{};                         // over the input
    ProgramPtr records{}, record{}, result{};  // over the answer; record over each output of records
    Paging paging{};
};

// What a failure means.  The map's words: transient, rejected, not_found, duplicate, auth, config, rate_limited.
enum class FailureClass : std::uint8_t { kTransient, kRejected, kNotFound, kDuplicate, kAuth, kConfig, kRateLimited };

struct AnswerRules {
    ProgramPtr success{}, message{}, code{};
    std::map<std::string, FailureClass> status{};  // "409", "5xx"
    std::map<std::string, FailureClass> codes{};
};

struct Dialect {
    std::string name{};
    std::string base_url{};  // empty: the connection must have one
    Auth auth{};
    std::map<std::string, std::string> headers{};
    std::optional<Zone> zone{};
    std::map<std::string, std::map<std::string, std::string>> enums{};
    std::string enums_json = "{}";
    AnswerRules answer{};
    std::map<std::string, Operation, std::less<>> operations{};
};

// Every mistake is one problem with file and line: unknown keys and operations, programs that do not compile,
// placeholders that nobody fills, secrets that stand in the file.  The value is usable only when no problem was added.
Dialect parse_dialect(const config::Node& file, const Vocabulary& vocabulary, config::Problems& problems);

// A dialect whose text is part of the program.
struct BuiltIn {
    std::string_view name{};
    std::string_view text{};
};

// The file that a connection's setting names: a built-in one, or a path.  `setting` is where a name that is neither is
// reported.
config::Node dialect_node(const config::Node& setting, const std::string& name, std::span<const BuiltIn> built_in,
                          config::Problems& problems);

std::string dialect_schema();  // JSON Schema for editors

}  // namespace shopwire::dialect
