#include "services/router/filter.h"

#include <algorithm>

#include "common/dialect/jq.h"
#include "common/events/codec.h"
#include "services/router/message_json.h"

namespace shopwire::router {
namespace {

const std::vector<std::string> kEntities = {"product", "stock",    "price",    "customer", "order",
                                            "refund",  "document", "shipment", "balance"};

Status run(const dialect::Program& program, events::v1::Event& event, bool& goes_on) {
    Result<std::string> output = program.run_one(to_json(event));
    if (!output) return within("running jq", std::move(output).error());
    goes_on = *output != "null";
    if (!goes_on) return {};
    const Result<json::Document> document = json::Document::parse(*output);
    if (!document) return within("reading what jq gave", document.error());
    events::v1::Event changed;
    if (Status read = from_json(document->root(), changed); !read)
        return within("reading what jq gave", std::move(read).error());
    if (changed.body_case() != event.body_case()) return rejected("reading what jq gave: another kind of event");
    *changed.mutable_source() = event.source();
    if (Status right = events::check(changed); !right) return within("reading what jq gave", std::move(right).error());
    event = std::move(changed);
    return {};
}

}  // namespace

const config::Schema<EventFilter>& filter_schema() {
    using F = EventFilter;
    static const config::Schema<F> schema =
        config::Schema<F>("filter", "A jq program between the events of a connection and its routes.")
            .required("from", &F::from, "connection whose events it sees")
            .choice("entity", &F::entity, kEntities, "kind of event")
            .required("jq", &F::jq, "the event in, the event or null out; null drops it");
    return schema;
}

void compile_filters(std::vector<EventFilter>& filters, const config::Merchant& merchant, config::Problems& problems) {
    const std::vector<config::Node> nodes = merchant.routing.member("filters").items();
    for (std::size_t i = 0; i < filters.size() && i < nodes.size(); ++i) {
        EventFilter& filter = filters[i];
        if (!merchant.connections.contains(filter.from))
            nodes[i].member("from").problem(problems,
                                            "expected a connection of this merchant, got \"" + filter.from + "\"");
        if (filter.entity.empty()) nodes[i].problem(problems, "expected the key \"entity\", got nothing");
        Result<std::unique_ptr<dialect::Program>> program = dialect::Program::compile(filter.jq, {});
        if (!program)
            nodes[i].member("jq").problem(problems, "expected a jq program: " + program.error().message);
        else
            filter.program = *std::move(program);
    }
}

Result<bool> run_filters(const std::vector<EventFilter>& filters, events::v1::Event& event) {
    const auto entity = events::entity_of(event);
    for (const EventFilter& filter : filters) {
        if (filter.from != event.source().connection() || !entity || events::name_of(*entity) != filter.entity)
            continue;
        if (event.has_deleted() || event.has_marker()) continue;  // nothing to look at
        bool goes_on = true;
        if (Status done = run(*filter.program, event, goes_on); !done) return std::unexpected(std::move(done).error());
        if (!goes_on) return false;
    }
    return true;
}

}  // namespace shopwire::router
