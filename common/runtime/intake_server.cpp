#include "common/runtime/intake_server.h"

#include "common/core/ids.h"
#include "common/log/log.h"
#include "common/runtime/crash_point.h"
#include "common/runtime/event_records.h"
#include "common/runtime/sink_item.h"

namespace shopwire::runtime {
namespace {

constexpr std::string_view kPrefix = "/webhooks/";

http::ServerResponse plain(int status, std::string_view text) {
    return {.status = status, .content_type = "text/plain", .body = std::string(text) + "\n"};
}

}  // namespace

IntakeHandler::IntakeHandler(std::string system, Finder find, kafka::Producer& producer, Clock& clock,
                             RuntimeMetrics& metrics)
    : system_(std::move(system)), find_(std::move(find)), producer_(producer), clock_(clock), metrics_(metrics) {}

http::ServerResponse IntakeHandler::answer(const http::ServerRequest& request) {
    if (!request.path.starts_with(kPrefix)) return plain(404, "not found");
    const std::string_view rest = std::string_view(request.path).substr(kPrefix.size());
    const std::size_t slash = rest.find('/');
    if (slash == std::string_view::npos) return plain(404, "not found");
    // What follows the connection's name is for the connector alone: some systems sign nothing, and a secret stands
    // there.
    const std::string_view below = rest.substr(slash + 1);
    const ConnectionPtr connection = find_(connection_id(rest.substr(0, slash), below.substr(0, below.find('/'))));
    if (!connection) return plain(404, "no such connection");
    constexpr std::string_view kMedia = "media/";
    const std::size_t end = below.find('/');
    if (connection->connector.media && end != std::string_view::npos && below.substr(end + 1).starts_with(kMedia)) {
        MediaServer::Answer answer =
            media_.answer(connection->id, *connection->connector.media, request, below.substr(end + 1 + kMedia.size()));
        count(connection->id, answer.kind);
        return std::move(answer.response);
    }
    if (!connection->connector.intake) {
        count(connection->id, "no_intake");
        return plain(404, "this connection takes no webhooks");
    }
    return keep(*connection, connection->connector.intake->receive(request));
}

http::ServerResponse IntakeHandler::keep(const LiveConnection& connection, Intake::Received received) {
    if (!received.changes.empty()) {
        const std::int64_t now_ms = clock_.now_ms();
        const Sighting sighting{.merchant = connection.merchant,
                                .connection = connection.settings.name,
                                .system = system_,
                                .origin = events::v1::ORIGIN_WEBHOOK,
                                .observed_at_ms = now_ms};
        const std::string traceparent = new_traceparent();
        std::vector<kafka::Record> records;
        records.reserve(received.changes.size());
        for (Change& change : received.changes) {
            ChangeRecord record = to_change_record(std::move(change), sighting, "webhook", now_ms, traceparent);
            if (!record.status) metrics_.dead_letters("webhook").add();
            records.push_back(std::move(record.record));
        }
        crash_point("intake.before_produce");
        // Bounded by the producer's delivery timeout.
        if (const Status sent = producer_.send_all(std::move(records), {}); !sent) {
            log::warning("webhook not durable", {{"connection", connection.id}, {"error", sent.error()}});
            count(connection.id, "not_durable");
            return plain(503, "not stored; send it again");
        }
        crash_point("intake.after_delivery");
    }
    if (received.on_durable) received.on_durable();
    count(connection.id, received.kind);
    if (received.body.empty()) return plain(received.status, received.kind);
    return {.status = received.status, .body = std::move(received.body)};
}

void IntakeHandler::count(const std::string& id, std::string_view kind) {
    const auto& kinds = metrics_.webhooks(id).kinds;
    const auto found = kinds.find(kind);
    (found == kinds.end() ? kinds.find(std::string_view("other")) : found)->second->add();
}

}  // namespace shopwire::runtime
