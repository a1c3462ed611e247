#include "common/kafka/admin_call.h"

#include <librdkafka/rdkafka.h>

#include <algorithm>

namespace shopwire::kafka {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kAnswerSlack{1'000};
constexpr milliseconds kStopLook{200};
constexpr std::size_t kTextMax = 512;

}  // namespace

void DestroyEvent::operator()(rd_kafka_op_s* event) const { rd_kafka_event_destroy(event); }
void DestroyOptions::operator()(rd_kafka_AdminOptions_s* options) const { rd_kafka_AdminOptions_destroy(options); }

Result<Client> make_admin(const ClientConfig& config, milliseconds timeout) {
    auto conf = make_conf(config, {}, {});
    if (!conf) return std::unexpected(std::move(conf).error());
    auto client = make_client(ClientType::kProducer, std::move(*conf));
    if (!client) return client;
    if (Status found = await_broker(client->get(), timeout); !found) return std::unexpected(std::move(found).error());
    return client;
}

Result<Client> make_looker(const ClientConfig& config, milliseconds timeout, const std::stop_token& stop) {
    auto conf = make_conf(config, {}, {});
    if (!conf) return std::unexpected(std::move(conf).error());
    rd_kafka_conf_set_log_cb(conf->get(), [](const rd_kafka_t*, int, const char*, const char*) {});
    auto client = make_client(ClientType::kProducer, std::move(*conf));
    if (!client) return client;
    if (Status found = look_for_broker(client->get(), timeout, stop); !found)
        return std::unexpected(std::move(found).error());
    return client;
}

AdminOptions options_for(rd_kafka_s* client, int operation, milliseconds timeout) {
    AdminOptions options(rd_kafka_AdminOptions_new(client, static_cast<rd_kafka_admin_op_t>(operation)));
    char text[kTextMax];
    rd_kafka_AdminOptions_set_request_timeout(options.get(), milliseconds_of(timeout), text, sizeof text);
    if (operation == RD_KAFKA_ADMIN_OP_CREATETOPICS) {
        rd_kafka_AdminOptions_set_operation_timeout(options.get(), milliseconds_of(timeout), text, sizeof text);
    }
    return options;
}

Result<std::optional<Event>> answer_within(rd_kafka_queue_s* queue, milliseconds wait, std::string_view doing,
                                           const std::stop_token& stop) {
    const auto deadline = std::chrono::steady_clock::now() + wait;
    Event event;
    for (milliseconds left = wait; event == nullptr && left > milliseconds{0}; left = left_until(deadline)) {
        if (stop.stop_requested()) return cancelled();
        event.reset(rd_kafka_queue_poll(queue, milliseconds_of(std::min(left, kStopLook))));
    }
    if (event == nullptr) return std::nullopt;
    if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return std::unexpected(error_of(code, doing, rd_kafka_event_error_string(event.get())));
    return event;
}

Result<Event> answer(rd_kafka_queue_s* queue, milliseconds timeout, std::string_view doing,
                     const std::stop_token& stop) {
    Result<std::optional<Event>> event = answer_within(queue, timeout + kAnswerSlack, doing, stop);
    if (!event) return std::unexpected(std::move(event).error());
    if (!*event) return transient(std::string(doing) + ": timed out");
    return **std::move(event);
}

}  // namespace shopwire::kafka
