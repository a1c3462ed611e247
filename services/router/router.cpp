#include "services/router/router.h"

#include "common/events/topics.h"
#include "common/log/log.h"

namespace shopwire::router {
namespace {

struct Topics {  // compared for every record, so built once
    std::string order = events::event_topic(events::Entity::kOrder);
    std::string stock = events::event_topic(events::Entity::kStock);
    std::string price = events::event_topic(events::Entity::kPrice);
    std::string result = events::result_topic();
    std::string ledger = events::stock_topic();
};

const Topics& topics() {
    static const Topics names;
    return names;
}

kafka::Record dead_letter(const kafka::Record& record, const Error& error, std::int64_t now_ms) {
    internal::v1::DeadLetter letter;
    letter.set_stage("map");
    letter.set_topic(record.topic);
    letter.set_partition(record.partition);
    letter.set_offset(record.offset);
    letter.set_key(record.key);
    letter.set_value(record.value.value_or(std::string()));
    letter.set_error(error.message);
    letter.set_error_kind(std::string(name_of(error.kind)));
    letter.set_failed_at_ms(now_ms);
    for (const auto& [name, value] : record.headers) (*letter.mutable_headers())[name] = value;
    kafka::Record out;
    out.topic = events::dead_letter_topic();
    out.key = record.key;
    out.value = letter.SerializeAsString();
    out.headers = {{"content-type", "application/protobuf"}};
    return out;
}

Status handle_result(Context& context, const commands::v1::CommandResult& result) {
    if (result.field_group() == "document") return handle_document_result(context, result);
    if (result.field_group() == "stock") return handle_stock_result(context, result);
    if (result.field_group() == "price") return handle_price_result(context, result);
    return {};  // notes, statuses, refreshes: nothing of ours waits for them
}

}  // namespace

std::vector<std::string> input_topics() {
    return {topics().order, topics().stock, topics().price, topics().result, topics().ledger};
}

Status Router::dispatch(Context& context, const kafka::Record& record) {
    if (record.topic == topics().result) {
        Result<commands::v1::CommandResult> result = events::parse_result(record);
        if (!result) return std::unexpected(std::move(result).error());
        return handle_result(context, *result);
    }
    if (record.topic == topics().ledger) {
        internal::v1::LedgerInput input;
        if (!record.value || !input.ParseFromString(*record.value))
            return rejected("reading " + record.topic + ": expected a LedgerInput");
        return handle_ledger_input(context, input);
    }
    Result<events::v1::Event> event = events::parse_event(record);
    if (!event) return std::unexpected(std::move(event).error());
    if (record.topic == topics().order) return handle_order_event(context, *std::move(event));
    if (record.topic == topics().stock) return handle_stock_event(context, *event);
    return handle_price_event(context, *event);
}

Status Router::handle(const kafka::Record& record, std::int64_t now_ms, std::vector<kafka::Record>& out) {
    const std::size_t before = out.size();
    Context context{.installation = installation_,
                    .routing = *routing_,
                    .links = links_,
                    .ledgers = ledgers_,
                    .metrics = metrics_,
                    .out = out,
                    .now_ms = now_ms,
                    .partition = record.partition,
                    .record_key = record.key,
                    .traceparent = events::traceparent_of(record)};
    metrics_.records.add();
    Status done = dispatch(context, record);
    if (done || done.error().kind != ErrorKind::kRejected) return done;
    log::warning("a record was set aside", {{"topic", record.topic}, {"error", done.error()}});
    metrics_.dead_letters.add();
    out.resize(before);
    out.push_back(dead_letter(record, done.error(), now_ms));
    return {};
}

}  // namespace shopwire::router
