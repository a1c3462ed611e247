#include "common/dialect/engine.h"

#include <algorithm>
#include <utility>

#include "common/core/mask.h"
#include "common/json/value.h"

namespace shopwire::dialect {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view without_mark(std::string_view body) {
    if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
    return body;
}

bool looks_like_json(std::string_view body) {
    const std::size_t at = body.find_first_not_of(" \t\r\n");
    return at != std::string_view::npos && (body[at] == '{' || body[at] == '[');
}

FailureClass class_of(ErrorKind kind) {
    switch (kind) {
        case ErrorKind::kTransient:
        case ErrorKind::kAmbiguous:
        case ErrorKind::kCancelled: return FailureClass::kTransient;
        case ErrorKind::kRateLimited: return FailureClass::kRateLimited;
        case ErrorKind::kAuth: return FailureClass::kAuth;
        case ErrorKind::kRejected: break;
    }
    return FailureClass::kRejected;
}

std::unexpected<Failure> failed(std::string_view doing, Error error) {
    const FailureClass reason = class_of(error.kind);
    if (!doing.empty()) error = std::move(error).within(doing);
    return std::unexpected(Failure{.error = std::move(error), .reason = reason});
}

// Nobody knows what an answer that cannot be read means: a write may have landed.
Failure unreadable(const http::Request& request, int status, std::string_view what) {
    std::string message = request.operation + ": HTTP " + std::to_string(status) + ": " + std::string(what);
    return {.error =
                request.idempotent ? transient(std::move(message)).error() : ambiguous(std::move(message)).error()};
}

// The system's own words: one line, bounded, cut between characters.
std::string one_line(std::string_view text, std::size_t bytes_max) {
    std::string out(text.substr(0, bytes_max));
    if (text.size() > bytes_max) {
        std::size_t end = bytes_max;
        while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
        out.resize(end);
    }
    for (char& c : out)
        if (static_cast<unsigned char>(c) < 0x20U) c = ' ';
    return out;
}

// Text of a JSON string or number; empty for anything else.
std::string scalar(const std::string& json) {
    const Result<json::Document> document = json::Document::parse(json);
    if (!document) return {};
    const json::Value root = document->root();
    if (root.type() == json::Type::kBoolean) return root.boolean() ? "true" : "false";
    return std::string(root.text());
}

std::string text_from(const ProgramPtr& program, std::string_view body,
                      const std::vector<std::string>& variables = {}) {
    if (!program) return {};
    const Result<std::string> output = program->run_one(body, variables);
    return output ? scalar(*output) : std::string();
}

std::int64_t count_from(const ProgramPtr& program, std::string_view body, const std::vector<std::string>& variables) {
    const Result<Decimal> number = Decimal::parse(text_from(program, body, variables));
    if (!number || number->is_negative()) return -1;
    return number->floor();
}

// A list's first page was given for the same query, so what is refused now is the token: it ended, or the remote
// forgot it.
bool is_stale_token(const PageCursor& at, const Failure& failure) {
    return !at.token.empty() && (failure.status == 400 || failure.status == 410);
}

using Pairs = std::vector<std::pair<std::string, std::string>>;

// The [[name, text], ...] that a query or headers program gives.
Status add_pairs(const ProgramPtr& program, std::string_view what, const Call& call,
                 const std::vector<std::string>& variables, Pairs& out) {
    if (!program) return {};
    const Result<std::string> output = program->run_one(call.input, variables);
    if (!output) return within(what, output.error());
    const Result<json::Document> document = json::Document::parse(*output);
    if (!document) return within(what, document.error());
    for (std::size_t i = 0; i < document->root().size(); ++i) {
        const json::Value pair = document->root().at(i);
        out.emplace_back(std::string(pair.at(0).text()), std::string(pair.at(1).text()));
    }
    return {};
}

void add_paging(const Paging& paging, const PageCursor& at, Pairs& query) {
    const auto add = [&query](const std::string& name, const std::string& value) {
        if (!name.empty()) query.emplace_back(name, value);
    };
    const std::string first_row = std::to_string(paging.first + at.rows);
    switch (paging.style) {
        case Paging::Style::kNone: return;
        case Paging::Style::kPage: add(paging.parameter, std::to_string(paging.first + at.pages)); break;
        case Paging::Style::kOffset: add(paging.parameter, first_row); break;
        case Paging::Style::kRange:
            add(paging.parameter, first_row);
            add(paging.size_parameter, std::to_string(paging.first + at.rows + paging.size));
            return;
        case Paging::Style::kToken:
            if (!at.token.empty()) add(paging.parameter, at.token);
            break;
    }
    add(paging.size_parameter, std::to_string(paging.size));
}

}  // namespace

Engine::Engine(Dialect dialect, EngineOptions options, http::Transport& transport, http::RateLimiter& limiter,
               metrics::Registry& metrics, Clock& clock)
    : dialect_(std::move(dialect)), options_(std::move(options)) {
    if (options_.base_url.empty()) options_.base_url = dialect_.base_url;
    while (options_.base_url.ends_with('/')) options_.base_url.pop_back();
    if (options_.page_size > 0)
        for (auto& [name, operation] : dialect_.operations) operation.paging.size = options_.page_size;
    Authenticator::Scopes scopes;
    for (const auto& [name, operation] : dialect_.operations) scopes.emplace(name, operation.scope);
    authenticator_ = std::make_unique<Authenticator>(dialect_.auth, options_.secrets, options_.base_url,
                                                     std::move(scopes), transport, clock);
    options_.client.base_url = options_.base_url;
    options_.client.sign = [this](http::Request& request) { return authenticator_->sign(request); };
    client_ = http::client(options_.client, transport, limiter, metrics, clock);
}

const Operation* Engine::find(std::string_view operation) const {
    const auto found = dialect_.operations.find(operation);
    return found == dialect_.operations.end() ? nullptr : &found->second;
}

// In the order of kProgramNames.
std::vector<std::string> Engine::variables(const Operation& operation, const Call& call, const PageCursor& page) const {
    std::string since = "null";
    if (call.since_ms && operation.incremental) {
        json::Writer writer;
        writer.string(zone().format(*call.since_ms, operation.since_format));
        since = writer.take();
    }
    return {call.connection, dialect_.enums_json, page.variables(operation.paging), std::move(since), call.input};
}

Result<std::string> Engine::path_value(const std::string& name, const Call& call) const {
    constexpr std::string_view kConnection = "connection.";
    const bool of_connection = name.starts_with(kConnection);
    const Result<json::Document> document = json::Document::parse(of_connection ? call.connection : call.input);
    if (!document) return within("reading the input", document.error());
    const std::string member = of_connection ? name.substr(kConnection.size()) : name;
    std::string value(document->root().member(member).text());
    if (const auto table = dialect_.enums.find(name); table != dialect_.enums.end()) {
        const auto row = table->second.find(value);
        if (row == table->second.end()) return rejected("the table " + name + " has no \"" + value + "\"");
        value = row->second;
    }
    if (value.empty()) return rejected("the path needs {" + name + "}, which is not known");
    return http::percent_encode(value);
}

Result<http::Request> Engine::render(const Call& call, const PageCursor& page) const {
    const Operation* operation = find(call.operation);
    if (operation == nullptr)
        return rejected("dialect " + dialect_.name + " has no operation " + std::string(call.operation));
    return render(*operation, call, page, variables(*operation, call, page));
}

Result<http::Request> Engine::render(const Operation& operation, const Call& call, const PageCursor& page,
                                     const std::vector<std::string>& variables) const {
    const auto value_of = [this, &call](const std::string& name) { return path_value(name, call); };
    Result<std::string> path = operation.path.expand(value_of);
    if (!path) return within("rendering " + operation.name, std::move(path.error()));
    http::Request request{.method = operation.method,
                          .url = options_.base_url + *path,
                          .headers = {{"Accept", "application/json"}},
                          .idempotent = operation.idempotent,
                          .timeout = options_.timeout,
                          .operation = operation.name};
    for (const auto& [name, value] : dialect_.headers) request.headers.emplace_back(name, value);
    if (Status ok =
            add_pairs(operation.headers, "rendering headers of " + operation.name, call, variables, request.headers);
        !ok)
        return std::unexpected(std::move(ok.error()));
    if (Status ok =
            add_pairs(operation.query, "rendering the query of " + operation.name, call, variables, request.query);
        !ok)
        return std::unexpected(std::move(ok.error()));
    add_paging(operation.paging, page, request.query);
    if (operation.body) {
        Result<std::string> body = operation.body->run_one(call.input, variables);
        if (!body) return within("rendering the body of " + operation.name, std::move(body.error()));
        request.body = *std::move(body);
        request.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
    }
    return request;
}

// Which class of failure: the system's code decides, then the dialect's table of statuses, then what HTTP says.
Failure Engine::refused(const http::Request& request, const http::Response& response, std::string_view body) const {
    const AnswerRules& rules = dialect_.answer;
    const bool readable = looks_like_json(body);
    std::string code = readable ? text_from(rules.code, body) : std::string();
    std::string words = readable ? text_from(rules.message, body) : std::string();
    for (const auto& [name, secret] : options_.secrets)
        for (std::string* text : {&code, &words}) mask(*text, secret);  // some say back what they refuse
    std::string message = request.operation + ": HTTP " + std::to_string(response.status);
    if (!code.empty()) message += " " + one_line(code, 60);

    const Status by_http = http::classify(request, response);
    FailureClass reason = by_http ? FailureClass::kRejected : class_of(by_http.error().kind);
    const std::string status = std::to_string(response.status);
    const auto hundreds = rules.status.find(status.substr(0, 1) + "xx");
    if (hundreds != rules.status.end()) reason = hundreds->second;
    if (const auto found = rules.status.find(status); found != rules.status.end()) reason = found->second;
    if (const auto found = rules.codes.find(code); found != rules.codes.end()) reason = found->second;

    Failure failure{.reason = reason, .code = code, .status = response.status};
    switch (reason) {
        case FailureClass::kTransient:
            // A server that broke down in a write may have done it before.
            if (!request.idempotent && response.status >= 500)
                failure.error = ambiguous(std::move(message)).error();
            else
                failure.error = transient(std::move(message)).error();
            break;
        case FailureClass::kRateLimited: {
            const Status wait = http::classify(request, {.status = 429, .headers = response.headers});
            failure.error = rate_limited(std::move(message), wait.error().retry_after).error();
            break;
        }
        case FailureClass::kAuth: failure.error = auth_failed(std::move(message)).error(); break;
        case FailureClass::kRejected:
        case FailureClass::kNotFound:
        case FailureClass::kDuplicate:
        case FailureClass::kConfig: failure.error = rejected(std::move(message)).error(); break;
    }
    failure.error.said = one_line(words, kMessageBytesMax);
    return failure;
}

std::optional<Failure> Engine::judge(const http::Request& request, const http::Response& response,
                                     std::string_view body) const {
    if (response.status < 200 || response.status >= 300) return refused(request, response, body);
    if (body.empty()) return std::nullopt;
    if (!looks_like_json(body)) return unreadable(request, response.status, "the answer is not JSON");
    if (!dialect_.answer.success) {
        if (json::Document::parse(body)) return std::nullopt;
        return unreadable(request, response.status, "the answer is not whole");
    }
    const Result<std::string> success = dialect_.answer.success->run_one(body);
    if (!success) {
        // Where it breaks off says more than that it is no JSON.
        const Result<json::Document> whole = json::Document::parse(body);
        return unreadable(request, response.status, whole ? success.error().message : whole.error().message);
    }
    if (*success == "true") return std::nullopt;
    return refused(request, response, body);
}

Outcome<std::string> Engine::exchange(const Operation& operation, const Call& call, const PageCursor& page) const {
    Result<http::Request> request = render(operation, call, page, variables(operation, call, page));
    if (!request) return failed({}, std::move(request.error()));
    for (bool again = true;; again = false) {
        Result<http::Response> response = client_->send(*request, call.stop);
        if (!response) return failed(operation.name, std::move(response.error()));
        if (response->status == 401 && again && authenticator_->refused()) continue;
        std::string body(without_mark(response->body));
        if (std::optional<Failure> failure = judge(*request, *response, body))
            return std::unexpected(*std::move(failure));
        return body;
    }
}

Outcome<std::string> Engine::call(const Call& call) const {
    const Operation* operation = find(call.operation);
    if (operation == nullptr)
        return failed(
            {}, rejected("dialect " + dialect_.name + " has no operation " + std::string(call.operation)).error());
    Outcome<std::string> body = exchange(*operation, call, {});
    if (!body) return body;
    if (body->empty()) *body = "null";
    if (!operation->result) return body;
    const Result<std::string> result = operation->result->run_one(*body, variables(*operation, call, {}));
    if (result) return *result;
    // The write was accepted, but nobody knows as what.
    const std::string message = operation->name + ": reading the answer: " + result.error().message;
    return failed({}, operation->idempotent ? transient(message).error() : ambiguous(message).error());
}

Outcome<RecordPage> Engine::page(const Call& call, std::string_view cursor) const {
    const Operation* operation = find(call.operation);
    if (operation == nullptr || !operation->records)
        return failed({}, rejected("dialect " + dialect_.name + " has no list " + std::string(call.operation)).error());
    Result<PageCursor> at = PageCursor::parse(cursor);
    if (!at) return failed({}, std::move(at.error()));
    Outcome<std::string> body = exchange(*operation, call, *at);
    const bool restarted = !body && is_stale_token(*at, body.error());
    if (restarted) {
        if (at->restarts >= kRestartsMax)
            return failed(
                {}, transient(operation->name + ": the tokens of its pages were refused again and again").error());
        at = PageCursor{.restarts = at->restarts + 1};
        body = exchange(*operation, call, *at);
    }
    if (!body) return std::unexpected(body.error());
    if (body->empty()) return failed({}, transient(operation->name + ": the answer is empty").error());

    const std::vector<std::string> names = variables(*operation, call, *at);
    Result<std::vector<std::string>> rows = operation->records->run(*body, names);
    if (!rows) return failed({}, transient(operation->name + ": reading records: " + rows.error().message).error());
    std::erase(*rows, "null");  // `.data[]?` and `.data` alike may give it for an empty list
    PageSeen seen{.rows = static_cast<std::int64_t>(rows->size()),
                  .total = count_from(operation->paging.total, *body, names),
                  .token = text_from(operation->paging.token, *body, names)};
    std::string all;
    for (const std::string& row : *rows) all += row;
    seen.fingerprint = fingerprint_of(all);
    const Result<bool> more = advance(*at, operation->paging, seen);
    if (!more) return failed(operation->name, more.error());

    RecordPage page{.next = at->text(), .more = *more, .restarted = restarted};
    if (at->total >= 0) page.left = std::max<std::int64_t>(0, at->total - at->rows);
    page.records.reserve(rows->size());
    for (std::string& row : *rows) {
        Result<std::string> value =
            operation->record ? operation->record->run_one(row, names) : Result<std::string>(row);
        page.records.push_back({.raw = std::move(row), .value = std::move(value)});
    }
    return page;
}

Result<std::string> Engine::record(std::string_view name, const std::string& raw) const {
    const Operation* operation = find(name);
    if (operation == nullptr || !operation->record)
        return rejected("dialect " + dialect_.name + " has no records of " + std::string(name));
    return operation->record->run_one(raw, variables(*operation, {.operation = name}, {}));
}

Outcome<std::vector<Record>> Engine::all(const Call& call) const {
    std::vector<Record> records;
    std::string cursor;
    for (bool more = true; more;) {
        Outcome<RecordPage> read = page(call, cursor);
        if (!read) return std::unexpected(std::move(read.error()));
        if (read->restarted) records.clear();
        if (records.size() + read->records.size() > kRecordsMax)
            return failed(call.operation, rejected("more than " + std::to_string(kRecordsMax) + " records").error());
        std::move(read->records.begin(), read->records.end(), std::back_inserter(records));
        cursor = std::move(read->next);
        more = read->more;
    }
    return records;
}

}  // namespace shopwire::dialect
