#include "services/router/router.h"

#include <utility>

#include "common/events/topics.h"
#include "common/log/log.h"

namespace shopwire::router {
namespace {

constexpr std::size_t kInputsBytesMax = 64 * 1024;  // of one record; some hundred inputs

struct Topics {  // compared for every record, so built once
    std::string order = events::event_topic(events::Entity::kOrder);
    std::string stock = events::event_topic(events::Entity::kStock);
    std::string price = events::event_topic(events::Entity::kPrice);
    std::string result = events::result_topic();
    std::string ledger = events::stock_topic();
    std::string refund = events::event_topic(events::Entity::kRefund);
    std::string document = events::event_topic(events::Entity::kDocument);
    std::string shipment = events::event_topic(events::Entity::kShipment);
    std::string native = events::native_topic();
    std::string product = events::event_topic(events::Entity::kProduct);
    std::string customer = events::event_topic(events::Entity::kCustomer);
    std::string entity = events::identity_topic();
};

const Topics& topics() {
    static const Topics names;
    return names;
}

google::protobuf::ArenaOptions arena_options(std::vector<char>& block) {
    google::protobuf::ArenaOptions options;
    options.initial_block = block.data();
    options.initial_block_size = block.size();
    return options;
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
    for (const auto& [name, value] : record.headers) (*letter.mutable_headers())[std::string(name)] = value;
    kafka::Record out;
    out.topic = events::dead_letter_topic();
    out.key = record.key;
    out.value = letter.SerializeAsString();
    out.headers = {{"content-type", "application/protobuf"}};
    return out;
}

kafka::Record inputs_record(const std::string& topic, std::int32_t partition, std::string inputs) {
    return {.topic = topic,
            .partition = partition,
            .value = std::move(inputs),
            .headers = {{"content-type", "application/protobuf"}}};
}

template <class Inputs, class Input>
kafka::Record alone(const kafka::Record& record, const std::string& key, const Input& input) {
    Inputs inputs;
    *inputs.add_inputs() = input;
    return {.topic = record.topic,
            .partition = record.partition,
            .offset = record.offset,
            .key = key,
            .value = inputs.SerializeAsString(),
            .headers = record.headers};
}

Status handle_result(Context& context, const commands::v1::CommandResult& result) {
    if (result.field_group() == "document") return handle_document_result(context, result);
    if (result.field_group() == "stock") return handle_stock_result(context, result);
    if (result.field_group() == "price") return handle_price_result(context, result);
    if (result.field_group() == "refund") return handle_refund_result(context, result);
    if (result.field_group() == "product") return handle_product_result(context, result);
    if (result.field_group() == "customer") return handle_customer_result(context, result);
    return {};  // notes, statuses, refreshes: nothing of ours waits for them
}

Status handle_entity_input(Context& context, const internal::v1::EntityInput& input) {
    using internal::v1::EntityInput;
    const MerchantRouting* routing = context.routing.find(input.merchant());
    if (routing == nullptr) return unknown_merchant(context, input.merchant());
    switch (input.input_case()) {
        case EntityInput::kProductSeen:
        case EntityInput::kProductShown: return handle_product_input(context, *routing, input);
        case EntityInput::kProductMade: return handle_product_made(context, *routing, input);
        case EntityInput::kCustomerSeen:
        case EntityInput::kCustomerNamed: return handle_customer_input(context, *routing, input);
        case EntityInput::INPUT_NOT_SET: return {};
    }
    return {};
}

}  // namespace

Router::Router(const config::Installation& installation, state::Store& links, state::Store& ledgers, Metrics& metrics)
    : installation_(installation),
      links_(links),
      ledgers_(ledgers),
      metrics_(metrics),
      record_arena_(arena_options(record_block_)),
      arena_(arena_options(block_)) {}

std::vector<std::string> input_topics() {
    return {topics().order,  topics().stock,   topics().price,    topics().result,
            topics().ledger, topics().refund,  topics().document, topics().shipment,
            topics().native, topics().product, topics().customer, topics().entity};
}

Status Router::dispatch(Context& context, const kafka::Record& record) {
    if (record.topic == topics().result) {
        Result<commands::v1::CommandResult> result = events::parse_result(record);
        if (!result) return std::unexpected(std::move(result).error());
        return handle_result(context, *result);
    }
    Result<events::v1::Event*> event = events::parse_event(record, record_arena_);
    if (!event) return std::unexpected(std::move(event).error());
    const MerchantRouting* routing = context.routing.find((*event)->source().merchant());
    if (routing != nullptr && !routing->merchant.connections.contains((*event)->source().connection()))
        return unknown_connection(context, (*event)->source());
    if (routing != nullptr && !routing->routes.filters.empty()) {
        const Result<bool> goes_on = run_filters(routing->routes.filters, **event);
        if (!goes_on) return std::unexpected(goes_on.error());
        if (!*goes_on) {
            metrics_.filtered.add();
            return {};
        }
    }
    if (record.topic == topics().order) return handle_order_event(context, **event);
    if (record.topic == topics().stock) return handle_stock_event(context, **event);
    if (record.topic == topics().refund) return handle_refund_event(context, **event);
    if (record.topic == topics().document || record.topic == topics().shipment)
        return handle_back_event(context, **event);
    if (record.topic == topics().product) return handle_product_event(context, **event);
    if (record.topic == topics().customer) return handle_customer_event(context, **event);
    return handle_price_event(context, **event);
}

// Takes what the handlers made, or what is left of it when the record was at fault.
Status Router::settle(Context& context, const kafka::Record& record, std::size_t before, const Status& done) {
    if (done) {
        for (const auto& [partition, input] : told_)
            gather<internal::v1::LedgerInputs>(topics().ledger, gathered_[partition], partition, *input, context.out);
        for (const auto& [partition, input] : told_native_)
            gather<internal::v1::NativeInputs>(topics().native, gathered_native_[partition], partition, *input,
                                               context.out);
        for (const auto& [partition, input] : told_entities_)
            gather<internal::v1::EntityInputs>(topics().entity, gathered_entities_[partition], partition, *input,
                                               context.out);
    }
    told_.clear();
    told_native_.clear();
    told_entities_.clear();
    if (done || done.error().kind != ErrorKind::kRejected) return done;
    log::warning("a record was set aside", {{"topic", record.topic}, {"error", done.error()}});
    metrics_.dead_letters.add();
    context.out.resize(before);
    context.out.push_back(dead_letter(record, done.error(), context.now_ms));
    return {};
}

// Many inputs make one record: serialized messages that follow each other are one message with the fields of all.
template <class Inputs, class Input>
void Router::gather(const std::string& topic, std::string& waiting, std::int32_t partition, Input& input,
                    std::vector<kafka::Record>& out) {
    Inputs& inputs = *google::protobuf::Arena::CreateMessage<Inputs>(&arena_);
    inputs.mutable_inputs()->UnsafeArenaAddAllocated(&input);
    inputs.AppendToString(&waiting);
    if (waiting.size() < kInputsBytesMax) return;
    // Copied: moved out, GCC 12 warns of bytes past a short string.
    out.push_back(inputs_record(topic, partition, waiting));
    waiting.clear();
}

void Router::finish(std::vector<kafka::Record>& out) {
    const auto flush = [&out](const std::string& topic, Gathered& gathered) {
        for (auto& [partition, waiting] : gathered) {
            if (waiting.empty()) continue;
            out.push_back(inputs_record(topic, partition, waiting));
            waiting.clear();
        }
    };
    flush(topics().ledger, gathered_);
    flush(topics().native, gathered_native_);
    flush(topics().entity, gathered_entities_);
}

void Router::drop() {
    gathered_.clear();
    gathered_native_.clear();
    gathered_entities_.clear();
}

// One record of inputs, each handled as if it had come alone: the others of this record are not at fault.
template <class Inputs, class Handle>
Status Router::handle_inputs(Context& context, const kafka::Record& record, const Handle& handle) {
    auto& inputs = *google::protobuf::Arena::CreateMessage<Inputs>(&record_arena_);
    if (!record.value || !inputs.ParseFromString(*record.value))
        return settle(context, record, context.out.size(),
                      rejected("reading " + record.topic + ": expected " + Inputs::descriptor()->name()));
    for (const auto& input : inputs.inputs()) {
        arena_.Reset();
        context.traceparent = input.traceparent();
        const std::size_t before = context.out.size();
        const Status done = handle(context, input);
        if (Status settled = done ? settle(context, record, before, done)
                                  : settle(context, alone<Inputs>(record, context.record_key, input), before, done);
            !settled)
            return settled;
        for (const Failed& failed : std::exchange(context.failed, {}))
            if (Status settled = settle(context, alone<Inputs>(record, failed.key, input), context.out.size(),
                                        std::unexpected(failed.error));
                !settled)
                return settled;
    }
    return {};
}

Status Router::handle(const kafka::Record& record, std::int64_t now_ms, std::vector<kafka::Record>& out) {
    arena_.Reset();
    record_arena_.Reset();
    Context context{.installation = installation_,
                    .routing = *routing_,
                    .links = links_,
                    .ledgers = ledgers_,
                    .metrics = metrics_,
                    .out = out,
                    .told = told_,
                    .told_native = told_native_,
                    .told_entities = told_entities_,
                    .arena = &arena_,
                    .files_changed = files_changed_,
                    .now_ms = now_ms,
                    .partition = record.partition,
                    .record_key = record.key,
                    .traceparent = events::traceparent_of(record)};
    metrics_.records.add();
    if (record.topic == topics().ledger)
        return handle_inputs<internal::v1::LedgerInputs>(context, record, [](Context& one, const auto& input) {
            one.record_key = events::join_key({input.merchant(), input.sku()});
            return handle_ledger_input(one, input);
        });
    if (record.topic == topics().native)
        return handle_inputs<internal::v1::NativeInputs>(context, record, [](Context& one, const auto& input) {
            one.record_key = input.name().empty() ? input.link() : input.name();
            return handle_native_input(one, input);
        });
    if (record.topic == topics().entity)
        return handle_inputs<internal::v1::EntityInputs>(context, record, [](Context& one, const auto& input) {
            one.record_key = events::join_key({input.merchant()}) + "/" + input.entity();
            return handle_entity_input(one, input);
        });
    const std::size_t before = out.size();
    return settle(context, record, before, dispatch(context, record));
}

}  // namespace shopwire::router
