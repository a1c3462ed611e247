#include "common/dialect/dialect.h"

#include <algorithm>
#include <cctype>

#include "common/json/value.h"

namespace shopwire::dialect {
namespace {

using config::Node;
using config::Problems;
using config::Schema;

// The file as it stands.  Programs and templates stay nodes until they are compiled, so that a mistake keeps its line.
struct RawAuth {
    std::string kind = "none";
    std::string name{};
    Node value{}, user{}, password{}, client_id{}, client_secret{};
    std::string token_url{}, scope{};
    std::string client_authentication = "basic";
    bool token_per_scope = false;
};

struct RawPaging {
    std::string style = "none";
    std::string stop = "short_page";
    std::string parameter{}, size_parameter{};
    int first = 0, size = 200, pages_max = 10'000;
    Node total{}, token{};
};

struct RawIncremental {
    Node format{};
};

struct RawRequest {
    std::string method = "GET";
    Node path{};
};

struct RawOperation {
    RawRequest request{};
    std::string scope{};
    Node query{}, headers{}, body{}, records{}, record{}, result{};
    std::optional<bool> idempotent{};
    RawPaging paging{};
    std::optional<RawIncremental> incremental{};
};

struct RawAnswer {
    Node success{}, message{}, code{}, status{}, codes{};
};

struct RawDialect {
    std::string dialect{};
    int schema = 1;
    std::string base_url{};
    RawAuth auth{};
    std::map<std::string, std::string> headers{};
    Node time_zone{};
    std::map<std::string, std::map<std::string, std::string>> enums{};
    Node functions{};
    RawAnswer answer{};
    Node operations{};
};

const Schema<RawAuth>& auth_schema() {
    static const auto schema =
        Schema<RawAuth>("auth",
                        "How requests are signed.  Secrets are {placeholders}; their values stand in the connection.")
            .choice("kind", &RawAuth::kind, {"none", "header", "query", "basic", "oauth2"}, "scheme")
            .optional("name", &RawAuth::name, "header or query parameter")
            .optional("value", &RawAuth::value, "its value, for example \"ApiKey {api_key}\"")
            .optional("user", &RawAuth::user, "of Basic")
            .optional("password", &RawAuth::password, "of Basic")
            .optional("client_id", &RawAuth::client_id, "of OAuth2 client credentials")
            .optional("client_secret", &RawAuth::client_secret, "of OAuth2 client credentials")
            .optional("token_url", &RawAuth::token_url, "where tokens come from; absolute, or below the base URL")
            .optional("scope", &RawAuth::scope, "scopes, with spaces between")
            .choice("client_authentication", &RawAuth::client_authentication, {"basic", "body"},
                    "where the secret goes")
            .optional("token_per_scope", &RawAuth::token_per_scope, "a token of its own for each operation's scope");
    return schema;
}

const Schema<RawPaging>& paging_schema() {
    static const auto schema =
        Schema<RawPaging>("paging", "How a list is read.")
            .choice("style", &RawPaging::style, {"none", "page", "offset", "range", "token"}, "style")
            .choice("stop", &RawPaging::stop, {"short_page", "empty_page", "total"}, "what ends a list")
            .optional("parameter", &RawPaging::parameter, "query parameter of page, offset, first row or token")
            .optional("size_parameter", &RawPaging::size_parameter, "query parameter of size, limit or end of rows")
            .optional("first", &RawPaging::first, "number of the first page or row")
            .optional("size", &RawPaging::size, "rows per page")
            .optional("pages_max", &RawPaging::pages_max, "more pages are an error")
            .optional("total", &RawPaging::total, "jq: number of all rows")
            .optional("token", &RawPaging::token, "jq: token of the next page");
    return schema;
}

const Schema<RawOperation>& operation_schema() {
    static const auto request =
        Schema<RawRequest>("request", "What is called.")
            .choice("method", &RawRequest::method, {"GET", "POST", "PUT", "PATCH", "DELETE"}, "method")
            .required("path", &RawRequest::path, "path with {placeholders}");
    static const auto incremental =
        Schema<RawIncremental>("incremental", "The operation takes $since.")
            .optional("format", &RawIncremental::format, "iso_local, iso_utc, epoch_s, epoch_ms or strftime");
    static const auto schema =
        Schema<RawOperation>("operation", "One operation.")
            .object("request", &RawOperation::request, request, "what is called", true)
            .optional("scope", &RawOperation::scope, "OAuth2 scope, where a token has one scope")
            .optional("query", &RawOperation::query, "jq: query parameters; null members are left out")
            .optional("headers", &RawOperation::headers, "jq: further headers")
            .optional("body", &RawOperation::body, "jq: the body")
            .optional("records", &RawOperation::records, "jq: each record of the answer")
            .optional("record", &RawOperation::record, "jq: one record in canonical form")
            .optional("result", &RawOperation::result, "jq: the answer in canonical form")
            .optional("idempotent", &RawOperation::idempotent, "may be repeated; default: GET and PUT and DELETE are")
            .object("paging", &RawOperation::paging, paging_schema(), "how the list is read")
            .object("incremental", &RawOperation::incremental, incremental, "takes $since");
    return schema;
}

const Schema<RawDialect>& file_schema() {
    static const auto answer = Schema<RawAnswer>("answer", "Is it a success, and which class of failure is it?")
                                   .optional("success", &RawAnswer::success, "jq: true when the call succeeded")
                                   .optional("message", &RawAnswer::message, "jq: the system's own words")
                                   .optional("code", &RawAnswer::code, "jq: the error code")
                                   .optional("status", &RawAnswer::status, "HTTP status (409, 5xx) to class")
                                   .optional("codes", &RawAnswer::codes, "error code to class");
    static const auto schema =
        Schema<RawDialect>("dialect", "The wire shape of a system.")
            .required("dialect", &RawDialect::dialect, "its name")
            .required("schema", &RawDialect::schema, "version of this format: 1")
            .optional("base_url", &RawDialect::base_url, "default of the connection's base_url")
            .object("auth", &RawDialect::auth, auth_schema(), "authentication")
            .optional("headers", &RawDialect::headers, "sent with every request")
            .optional("time_zone", &RawDialect::time_zone, "of times without an offset; default UTC")
            .optional("enums", &RawDialect::enums,
                      "tables: $enum in programs, and applied to path placeholders of that name")
            .optional("functions", &RawDialect::functions, "jq definitions that every program may use")
            .object("answer", &RawDialect::answer, answer, "how answers are judged")
            .required("operations", &RawDialect::operations,
                      "by name; one that is left out is a capability that is missing");
    return schema;
}

// An object becomes [[name, text], ...]: null members are left out, a list stands for a name that repeats.
constexpr std::string_view kToPairs =
    "| if type == \"object\" then . else error(\"expected an object, got \" + type) end "
    "| [to_entries[] | .key as $key | (.value | if type == \"array\" then .[] else . end) | select(. != null) "
    "| [$key, (if type == \"string\" then . else tojson end)]]";

bool contains(const std::vector<std::string>& list, const std::string& item) {
    return std::find(list.begin(), list.end(), item) != list.end();
}

// "Authorization", "Cookie", "X-Api-Key", "X-Auth-Token".
bool carries_secret(std::string name) {
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name.ends_with("authorization") || name == "cookie" || name.ends_with("key") || name.ends_with("token") ||
           name.ends_with("secret") || name.ends_with("password");
}

std::optional<FailureClass> failure_class(const std::string& word) {
    static const std::map<std::string, FailureClass> kClasses = {{"transient", FailureClass::kTransient},
                                                                 {"rejected", FailureClass::kRejected},
                                                                 {"not_found", FailureClass::kNotFound},
                                                                 {"duplicate", FailureClass::kDuplicate},
                                                                 {"auth", FailureClass::kAuth},
                                                                 {"config", FailureClass::kConfig},
                                                                 {"rate_limited", FailureClass::kRateLimited}};
    const auto found = kClasses.find(word);
    if (found == kClasses.end()) return std::nullopt;
    return found->second;
}

class Builder {
 public:
    Builder(const Vocabulary& vocabulary, Problems& problems) : vocabulary_(vocabulary), problems_(problems) {}

    Dialect build(const Node& file) {
        RawDialect raw = file_schema().parse(file, problems_);
        Dialect out{.name = raw.dialect, .base_url = raw.base_url, .headers = raw.headers, .enums = raw.enums};
        if (raw.schema != 1) file.member("schema").problem(problems_, "expected 1, the only version of this format");
        set_functions(raw.functions);
        set_zone(raw.time_zone, out);
        out.auth = auth(raw.auth, file.member("auth"));
        check_headers(file.member("headers"));
        out.enums_json = enums_json(raw.enums);
        out.answer.success = program(raw.answer.success);
        out.answer.message = program(raw.answer.message);
        out.answer.code = program(raw.answer.code);
        out.answer.status = classes(raw.answer.status, true);
        out.answer.codes = classes(raw.answer.codes, false);
        for (const auto& [name, node] : raw.operations.members())
            out.operations.insert_or_assign(name, operation(name, node));
        return out;
    }

 private:
    void set_functions(const Node& node) {
        if (node.is_null()) return;
        const Result<ProgramPtr> alone = Program::compile(".", kProgramNames, node.scalar() + "\n");
        if (alone)
            functions_ = node.scalar() + "\n";
        else
            node.problem(problems_, "jq: " + alone.error().message);
    }

    void set_zone(const Node& node, Dialect& out) {
        Result<Zone> zone = Zone::locate(node.is_null() ? "UTC" : node.scalar());
        if (zone)
            out.zone = *zone;
        else
            node.problem(problems_, zone.error().message);
    }

    ProgramPtr program(const Node& node, std::string_view then = {}) {
        if (node.is_null()) return nullptr;
        if (node.kind() != Node::Kind::kScalar) {
            node.problem(problems_, "expected a jq program, got a list or map");
            return nullptr;
        }
        Result<ProgramPtr> compiled = Program::compile(node.scalar(), kProgramNames, functions_, then);
        if (compiled) return *std::move(compiled);
        node.problem(problems_, "jq: " + compiled.error().message);
        return nullptr;
    }

    TextTemplate text_template(const Node& node, const std::vector<std::string>& allowed) {
        Result<TextTemplate> made = TextTemplate::parse(node.scalar());
        if (!made) {
            node.problem(problems_, made.error().message);
            return {};
        }
        for (const std::string& name : made->names())
            if (!contains(allowed, name)) node.problem(problems_, "nothing fills the placeholder {" + name + "}");
        return *std::move(made);
    }

    // A text that authenticates: it must name a secret, never hold one.
    TextTemplate secret_template(const Node& node, const Node& parent, const char* key) {
        if (node.is_null()) {
            parent.problem(problems_, std::string("expected the key \"") + key + "\", got nothing");
            return {};
        }
        TextTemplate made = text_template(node, vocabulary_.secrets);
        if (made.names().empty())
            node.problem(problems_, "expected a {placeholder}: a secret never stands in the file");
        return made;
    }

    Auth auth(const RawAuth& raw, const Node& node) {
        Auth out{.name = raw.name,
                 .token_url = raw.token_url,
                 .scope = raw.scope,
                 .client_in_body = raw.client_authentication == "body",
                 .token_per_scope = raw.token_per_scope};
        if (raw.kind == "header" || raw.kind == "query") {
            out.kind = raw.kind == "header" ? Auth::Kind::kHeader : Auth::Kind::kQuery;
            if (raw.name.empty()) node.problem(problems_, "expected the key \"name\", got nothing");
            out.value = secret_template(raw.value, node, "value");
        } else if (raw.kind == "basic") {
            out.kind = Auth::Kind::kBasic;
            out.user = text_template(raw.user, vocabulary_.secrets);
            out.password = secret_template(raw.password, node, "password");
        } else if (raw.kind == "oauth2") {
            out.kind = Auth::Kind::kOAuth2;
            if (raw.token_url.empty()) node.problem(problems_, "expected the key \"token_url\", got nothing");
            out.client_id = text_template(raw.client_id, vocabulary_.secrets);
            out.client_secret = secret_template(raw.client_secret, node, "client_secret");
        }
        return out;
    }

    // Every request carries them, so a key in one of them is a key in the file.
    void check_headers(const Node& node) {
        for (const auto& [name, value] : node.members())
            if (carries_secret(name))
                value.problem(problems_,
                              "expected no header that authenticates: a secret never stands in the file; "
                              "see auth");
    }

    std::map<std::string, FailureClass> classes(const Node& node, bool are_statuses) {
        std::map<std::string, FailureClass> out;
        for (const auto& [key, value] : node.members()) {
            const bool status = key.size() == 3 && key[0] >= '2' && key[0] <= '5' &&
                                (key.substr(1) == "xx" || key.find_first_not_of("0123456789") == std::string::npos);
            if (are_statuses && !status)
                value.problem(problems_, "expected a status like 409 or 5xx, got \"" + key + "\"");
            const std::optional<FailureClass> parsed = failure_class(value.scalar());
            if (parsed)
                out.insert_or_assign(key, *parsed);
            else
                value.problem(
                    problems_,
                    "expected transient, rejected, not_found, duplicate, auth, config or rate_limited, got \"" +
                        value.scalar() + "\"");
        }
        return out;
    }

    static std::string enums_json(const std::map<std::string, std::map<std::string, std::string>>& enums) {
        json::Writer writer;
        writer.begin_object();
        for (const auto& [name, table] : enums) {
            writer.key(name).begin_object();
            for (const auto& [from, to] : table) writer.key(from).string(to);
            writer.end_object();
        }
        writer.end_object();
        return writer.take();
    }

    Paging paging(const RawPaging& raw, const Node& node) {
        static const std::map<std::string, Paging::Style> kStyles = {{"none", Paging::Style::kNone},
                                                                     {"page", Paging::Style::kPage},
                                                                     {"offset", Paging::Style::kOffset},
                                                                     {"range", Paging::Style::kRange},
                                                                     {"token", Paging::Style::kToken}};
        const auto style = kStyles.find(raw.style);
        Paging out{.style = style == kStyles.end() ? Paging::Style::kNone : style->second,
                   .stop = raw.stop == "total"        ? Paging::Stop::kTotal
                           : raw.stop == "empty_page" ? Paging::Stop::kEmptyPage
                                                      : Paging::Stop::kShortPage,
                   .parameter = raw.parameter,
                   .size_parameter = raw.size_parameter,
                   .first = raw.first,
                   .size = raw.size,
                   .pages_max = raw.pages_max,
                   .total = program(raw.total),
                   .token = program(raw.token)};
        if (raw.size < 1 || raw.size > 10'000) node.member("size").problem(problems_, "expected 1 to 10000");
        if (raw.pages_max < 1 || raw.pages_max > 1'000'000)
            node.member("pages_max").problem(problems_, "expected 1 to 1000000");
        if (out.stop == Paging::Stop::kTotal && raw.total.is_null())
            node.problem(problems_, "stop: total needs the key \"total\"");
        if (out.style == Paging::Style::kToken && raw.token.is_null())
            node.problem(problems_, "style: token needs the key \"token\"");
        return out;
    }

    Operation operation(const std::string& name, const Node& node) {
        const auto known = vocabulary_.operations.find(name);
        if (known == vocabulary_.operations.end()) {
            node.problem(problems_, "no operation is called \"" + name + "\"");
            return {};
        }
        const RawOperation raw = operation_schema().parse(node, problems_);
        std::vector<std::string> allowed = known->second.path;
        for (const std::string& setting : vocabulary_.settings) allowed.push_back("connection." + setting);
        const std::string& method = raw.request.method;
        Operation out{.name = name,
                      .method = method,
                      .path = text_template(raw.request.path, allowed),
                      .scope = raw.scope,
                      .idempotent = raw.idempotent.value_or(method != "POST" && method != "PATCH"),
                      .incremental = raw.incremental.has_value(),
                      .query = program(raw.query, kToPairs),
                      .headers = program(raw.headers, kToPairs),
                      .body = program(raw.body),
                      .records = program(raw.records),
                      .record = program(raw.record),
                      .result = program(raw.result),
                      .paging = paging(raw.paging, node.member("paging"))};
        if (out.incremental && !raw.incremental->format.is_null()) {
            out.since_format = raw.incremental->format.scalar();
            if (!is_time_format(out.since_format))
                raw.incremental->format.problem(problems_,
                                                "expected iso_local, iso_utc, epoch_s, epoch_ms or a strftime pattern");
        }
        if (!raw.request.path.scalar().starts_with("/"))
            raw.request.path.problem(problems_, "expected a path that begins with /");
        if (out.paging.style != Paging::Style::kNone && !out.records)
            node.problem(problems_, "paging needs the key \"records\"");
        else if (known->second.kind == OperationWords::Kind::kList && !out.records)
            node.problem(problems_, "expected the key \"records\", got nothing: it gives a list");
        return out;
    }

    const Vocabulary& vocabulary_;
    Problems& problems_;
    std::string functions_{};
};

}  // namespace

bool Vocabulary::reads(std::string_view operation) const {
    const auto found = operations.find(operation);
    if (found == operations.end()) return operation == kFetchToken;
    return found->second.kind != OperationWords::Kind::kWrite;
}

Dialect parse_dialect(const config::Node& file, const Vocabulary& vocabulary, config::Problems& problems) {
    return Builder(vocabulary, problems).build(file);
}

config::Node dialect_node(const config::Node& setting, const std::string& name, std::span<const BuiltIn> built_in,
                          config::Problems& problems) {
    std::string known;
    for (const BuiltIn& dialect : built_in) {
        if (dialect.name == name) return config::Node::parse(dialect.text, name + ".yaml", problems);
        known += (known.empty() ? "" : ", ") + std::string(dialect.name);
    }
    if (name.find('/') != std::string::npos || name.ends_with(".yaml")) return config::Node::load(name, problems);
    setting.problem(problems, "expected " + known + " or the path of a .yaml file, got \"" + name + "\"");
    return {};
}

std::string dialect_schema() { return file_schema().json_schema(); }

}  // namespace shopwire::dialect
