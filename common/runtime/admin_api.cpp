#include "common/runtime/admin_api.h"

#include <cmath>

#include "common/http/client.h"
#include "common/json/value.h"

namespace shopwire::runtime {
namespace {

constexpr std::chrono::seconds kAnswerMax{5};
constexpr std::size_t kParkedMax = 1'000;

http::ServerResponse json_answer(int status, json::Writer& body) { return {.status = status, .body = body.take()}; }

http::ServerResponse problem(int status, std::string_view text) {
    json::Writer body;
    body.begin_object().key("error").string(text).end_object();
    return json_answer(status, body);
}

http::ServerResponse done() {
    json::Writer body;
    body.begin_object().key("ok").boolean(true).end_object();
    return json_answer(200, body);
}

// A member of the request's JSON object.
Result<std::string> text_of(const http::ServerRequest& request, std::string_view name) {
    const Result<json::Document> document = json::Document::parse(request.body);
    if (!document) return std::unexpected(document.error());
    json::Reader reader(document->root());
    std::string text = reader.string(name);
    if (const Status status = reader.status(); !status) return std::unexpected(status.error());
    return text;
}

// A member that may be missing: false.
Result<bool> flag_of(const http::ServerRequest& request, std::string_view name) {
    const Result<json::Document> document = json::Document::parse(request.body);
    if (!document) return std::unexpected(document.error());
    json::Reader reader(document->root());
    const bool flag = reader.boolean_or(name, false);
    if (const Status status = reader.status(); !status) return std::unexpected(status.error());
    return flag;
}

// What a person wants to be read, where he asks for it.
struct Asked {
    std::string connection{};
    std::string stream{};
    SyncRequest request{};
};
Result<Asked> asked_of(const http::ServerRequest& request) {
    const Result<json::Document> document = json::Document::parse(request.body);
    if (!document) return std::unexpected(document.error());
    json::Reader reader(document->root());
    Asked asked{.connection = reader.string("connection"),
                .stream = reader.string("stream"),
                .request = {.full = reader.boolean_or("full", false),
                            .since_ms = reader.integer_or_none("since_ms"),
                            .loss_accepted = reader.integer_or_none("accept_loss").value_or(0)}};
    if (const Status status = reader.status(); !status) return std::unexpected(status.error());
    if (asked.request.full && asked.request.since_ms) return rejected("full and since_ms: expected one of them");
    return asked;
}

http::ServerResponse take_sync(Sources& sources, const http::ServerRequest& request) {
    const Result<Asked> asked = asked_of(request);
    if (!asked) return problem(400, asked.error().message);
    const Result<Sources::Taken> taken = sources.sync_now(asked->connection, asked->stream, asked->request);
    if (!taken) return problem(400, taken.error().message);
    if (taken->none) return problem(404, asked->connection + " has no stream " + asked->stream);
    if (!taken->found) return problem(503, "it does not serve " + asked->connection + ", or not yet");
    json::Writer body;
    body.begin_object().key("ok").boolean(true).key("run").string(taken->ticket.run);
    body.key("ticket").number(static_cast<std::int64_t>(taken->ticket.number));
    if (taken->quiet_until_ms > 0)
        body.key("note").string("quiet hours until " + format_utc(taken->quiet_until_ms) + " are ignored");
    body.end_object();
    return json_answer(200, body);
}

// What a stream does now, and how its last reading ended.
void show_stream(const Sources::StreamState& stream, const std::string& run, json::Writer& body) {
    body.begin_object().key("connection").string(stream.connection);
    body.key("stream").string(stream.stream);
    body.key("last_success_ms").number(stream.last_success_ms);
    body.key("last_error").string(stream.last_error);
    body.key("due_ms").number(stream.plan.due_ms);
    body.key("run").string(run);
    body.key("asked").number(static_cast<std::int64_t>(stream.plan.asked));
    body.key("served").number(static_cast<std::int64_t>(stream.plan.served));
    body.key("failure").string(stream.plan.failure);
    body.key("under_way").boolean(stream.plan.under_way);
    body.key("inherited").begin_object().key("run").string(stream.inherited.run);
    body.key("ticket").number(static_cast<std::int64_t>(stream.inherited.number)).end_object();
    const PassProgress& progress = stream.progress;
    body.key("pass").begin_object().key("began_at_ms").number(progress.began_at_ms);
    body.key("done").number(progress.done);
    body.key("expected").number(progress.expected);
    body.key("about").boolean(progress.about);
    body.key("per_second").number(Decimal::from_micros(std::llround(progress.per_second * 1000) * 1000));
    body.key("left_ms").number(progress.left_ms.value_or(-1)).end_object().end_object();
}

http::ServerResponse show_status(const std::string& system, Connections& connections, SinkLoop& loop,
                                 Sources& sources) {
    std::vector<SinkCore::TargetState> targets;
    kafka::Offsets read_to;
    const auto look = [&](SinkCore& core) {
        targets = core.targets();
        read_to = loop.read_to();
    };
    if (!loop.ask(look, kAnswerMax)) return problem(503, "the loop is busy");
    json::Writer body;
    body.begin_object().key("system").string(system);
    body.key("slots").begin_array();
    for (const std::int32_t slot : loop.slots()) body.number(std::int64_t{slot});
    body.end_array().key("connections").begin_array();
    for (const ConnectionPtr& connection : connections.all()) {
        body.begin_object().key("connection").string(connection->id);
        body.key("slot").number(std::int64_t{connection->slot});
        body.key("stopped").string(connections.stopped(connection->id)).end_object();
    }
    body.end_array().key("read_to").begin_array();
    for (const auto& [partition, offset] : read_to) {
        body.begin_object().key("topic").string(partition.topic);
        body.key("partition").number(std::int64_t{partition.number});
        body.key("offset").number(offset).end_object();
    }
    body.end_array().key("targets").begin_array();
    for (const SinkCore::TargetState& target : targets) {
        body.begin_object().key("connection").string(target.connection);
        body.key("stopped").string(target.stopped);
        body.key("in_hand").number(static_cast<std::int64_t>(target.items));
        body.key("parked").number(static_cast<std::int64_t>(target.parked));
        body.key("in_flight").number(std::int64_t{target.in_flight});
        body.key("last_error").string(target.last_error).end_object();
    }
    body.end_array().key("streams").begin_array();
    for (const Sources::StreamState& stream : sources.streams()) show_stream(stream, sources.run(), body);
    body.end_array().key("problems").begin_array();
    for (const std::string& text : connections.problems()) body.string(text);
    body.end_array().end_object();
    return json_answer(200, body);
}

// ?connection=ID: of that one alone, so that another with many cannot hide it.
http::ServerResponse show_parked(SinkLoop& loop, const http::ServerRequest& request) {
    const std::string connection = http::query_value(request.query, "connection");
    std::vector<Parked> parked;
    if (!loop.ask([&](SinkCore& core) { parked = core.parked_list(kParkedMax, connection); }, kAnswerMax))
        return problem(503, "the loop is busy");
    json::Writer body;
    body.begin_object().key("parked").begin_array();
    for (const Parked& record : parked) {
        body.begin_object().key("key").string(record.key());
        body.key("connection").string(record.connection());
        body.key("topic").string(record.topic());
        body.key("partition").number(std::int64_t{record.partition()});
        body.key("offset").number(std::int64_t{record.offset()});
        body.key("reason").string(record.reason());
        body.key("error_kind").string(record.error_kind());
        body.key("parked_at_ms").number(std::int64_t{record.parked_at_ms()});
        body.key("attempts").number(std::int64_t{record.attempts()});
        body.key("whole_connection").boolean(record.whole_connection()).end_object();
    }
    body.end_array().end_object();
    return json_answer(200, body);
}

http::ServerResponse show_examination(const http::ServerRequest& request, Connections& connections,
                                      Examiner& examiner) {
    const Result<std::string> id = text_of(request, "connection");
    const Result<bool> brief = flag_of(request, "brief");
    if (!id || !brief) return problem(400, (id ? brief.error() : id.error()).message);
    const ConnectionPtr connection = connections.find(*id);
    if (!connection) return problem(404, "nothing of that name here");
    const Result<Examination> found =
        examiner.run(*id, connection->connector, {.seen = terms_in(request.body), .brief = *brief});
    if (!found) return problem(409, found.error().message);
    return {.status = 200, .body = text_of(*found)};
}

constexpr std::chrono::seconds kLeaveMax{60};

http::ServerResponse leave(const http::ServerRequest& request, Connections& connections, Sources& sources,
                           Examiner& examiner) {
    const Result<std::string> id = text_of(request, "connection");
    if (!id) return problem(400, id.error().message);
    const ConnectionPtr connection = connections.find(*id);
    if (!connection) return problem(404, "nothing of that name here");
    if (connections.stopped(*id).empty()) return problem(409, "it runs: pause it first");
    Result<std::vector<std::string>> left = rejected("");
    const Status alone = examiner.alone(
        *id, kLeaveMax, [&](std::stop_token stop) { left = sources.leave(*connection, std::move(stop)); });
    if (!alone) return problem(409, alone.error().message);
    if (!left) return problem(502, left.error().with_words());
    json::Writer body;
    body.begin_object().key("lines").begin_array();
    for (const std::string& line : *left) body.string(line);
    body.end_array().end_object();
    return json_answer(200, body);
}

// An order to the core about one text of the request's body.
admin::Admin::Handler order(SinkLoop& loop, std::string_view member,
                            std::function<bool(SinkCore&, const std::string&)> act) {
    return [&loop, member = std::string(member), act = std::move(act)](const http::ServerRequest& request) {
        const Result<std::string> text = text_of(request, member);
        if (!text) return problem(400, text.error().message);
        bool found = false;
        if (!loop.ask([&](SinkCore& core) { found = act(core, *text); }, kAnswerMax))
            return problem(503, "the loop is busy");
        return found ? done() : problem(404, "nothing of that name here");
    };
}

}  // namespace

void add_admin_api(admin::Admin& admin, const std::string& system, Connections& connections, SinkLoop& loop,
                   Sources& sources, Examiner& examiner) {
    using enum admin::Role;
    admin.handle(kRead, "GET", "/api/status", [=, &connections, &loop, &sources](const http::ServerRequest&) {
        return show_status(system, connections, loop, sources);
    });
    admin.handle(kRead, "GET", "/api/parked",
                 [&loop](const http::ServerRequest& request) { return show_parked(loop, request); });
    admin.handle(kOperate, "POST", "/api/parked/retry",
                 order(loop, "key", [](SinkCore& core, const std::string& key) { return core.retry_parked(key); }));
    admin.handle(kOperate, "POST", "/api/parked/discard",
                 order(loop, "key", [](SinkCore& core, const std::string& key) { return core.discard_parked(key); }));
    admin.handle(kOperate, "POST", "/api/pause",
                 order(loop, "connection", [&connections](SinkCore& core, const std::string& id) {
                     if (!connections.find(id)) return false;
                     core.stop_connection(id, "paused by an operator", false);
                     return true;
                 }));
    admin.handle(kOperate, "POST", "/api/resume",
                 order(loop, "connection", [&connections](SinkCore& core, const std::string& id) {
                     if (!connections.find(id)) return false;
                     core.resume_connection(id);
                     return true;
                 }));
    admin.handle(kRead, "POST", "/api/examine", [&connections, &examiner](const http::ServerRequest& request) {
        return show_examination(request, connections, examiner);
    });
    admin.handle(kOperate, "POST", "/api/leave",
                 [&connections, &sources, &examiner](const http::ServerRequest& request) {
                     return leave(request, connections, sources, examiner);
                 });
    admin.handle(kOperate, "POST", "/api/sync",
                 [&sources](const http::ServerRequest& request) { return take_sync(sources, request); });
}

}  // namespace shopwire::runtime
