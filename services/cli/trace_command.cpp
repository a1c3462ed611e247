#include "services/cli/trace_command.h"

#include <CLI/CLI.hpp>
#include <functional>
#include <iostream>
#include <memory>

#include <fmt/format.h>

#include "common/config/installation.h"
#include "common/core/clock.h"
#include "common/events/topics.h"
#include "services/cli/command.h"
#include "services/cli/sku_story.h"
#include "services/cli/text.h"
#include "services/cli/topic_scan.h"

namespace shopwire::cli {
namespace {

using Wanted = std::function<bool(const kafka::Record&)>;

struct Trace {
    const TraceOptions& options;
    TopicScan scan;
    std::int64_t since_ms = 0;
    std::int64_t now_ms = 0;
    Findings found{};

    Personal personal() const { return options.personal ? Personal::kShown : Personal::kMasked; }

    // Adds what is wanted of these partitions.  State is read as a whole: it is what holds now.
    Status read(const std::vector<kafka::Partition>& partitions, const Wanted& wanted) {
        std::vector<kafka::Partition> state;
        std::vector<kafka::Partition> passing;
        for (const kafka::Partition& partition : partitions)
            (partition.topic.starts_with("shopwire.state.") ? state : passing).push_back(partition);
        const auto each = [&](const kafka::Record& record) {
            if (!record.value)
                found.forget(record);
            else if (wanted(record))
                found.add(record);
        };
        if (const auto done = scan.read(passing, since_ms, each); !done) return std::unexpected(done.error());
        if (const auto done = scan.read(state, 0, each); !done) return std::unexpected(done.error());
        return {};
    }

    // Of topics whose records of `key` all lie in one partition.  State lies beside what it comes of, whatever its own
    // keys are.
    Status read_key(const std::vector<std::string>& topics, std::string_view key, const Wanted& wanted) {
        for (const std::string& topic : topics)
            if (const auto number = scan.number_of(topic, key))
                if (Status done = read(scan.partitions_of({topic}, number), wanted); !done) return done;
        return {};
    }

    Status read_all(std::string_view prefix, const Wanted& wanted) {
        return read(scan.partitions_of(scan.topics_under(prefix)), wanted);
    }
};

Result<Trace> begin(const TraceOptions& options) {
    const Result<Reach> reach = reach_of(options.reach);
    if (!reach) return std::unexpected(reach.error());
    const std::int64_t now_ms = system_clock().now_ms();
    const Result<std::int64_t> since = parse_since(options.since, now_ms);
    if (!since) return std::unexpected(since.error());
    Result<TopicScan> scan = TopicScan::open(reach->kafka);
    if (!scan) return std::unexpected(scan.error());
    return Trace{.options = options, .scan = *std::move(scan), .since_ms = *since, .now_ms = now_ms};
}

void show(const Story& story, const TraceOptions& options, std::ostream& out) {
    if (options.reach.json)
        print_json(story, out);
    else
        print(story, out);
}

Story not_found(const std::string& what, const TraceOptions& options) {
    return {
        .title = what,
        .answer = fmt::format("Nothing is known of it within {}: neither an event nor a stored state.", options.since)};
}

// In the events and in the links, which are kept for ever: an old order may bear the number too.
Result<std::vector<OrderRef>> find_orders(Trace& trace, const OrderQuestion& question) {
    std::map<std::string, OrderRef> matches;
    const auto look = [&](const kafka::Record& record) {
        if (!record.value || !record.value->contains(question.wanted)) return;
        if (const auto found = order_in(record, question)) matches.insert_or_assign(found->record_key(), *found);
    };
    const auto events =
        trace.scan.read(trace.scan.partitions_of({events::event_topic(events::Entity::kOrder)}), trace.since_ms, look);
    if (!events) return std::unexpected(events.error());
    const bool is_exact = question.by_id && !question.connection.empty();
    if (is_exact && !matches.empty()) return nearest(matches, question);
    const auto links = trace.scan.read(trace.scan.partitions_of({events::router_state_topic("links")}), 0, look);
    if (!links) return std::unexpected(links.error());
    return nearest(matches, question);
}

Status collect(Trace& trace, const OrderRef& order) {
    const Wanted about = [&order](const kafka::Record& record) { return is_about(order, record); };
    const std::string key = order.record_key();
    if (Status done =
            trace.read_key({events::event_topic(events::Entity::kOrder), events::event_topic(events::Entity::kRefund),
                            events::event_topic(events::Entity::kShipment), events::result_topic(),
                            events::router_state_topic("links")},
                           key, about);
        !done)
        return done;
    for (const std::string_view prefix : {"shopwire.commands.", "shopwire.internal.stock", "shopwire.deadletters",
                                          "shopwire.state.parked.", "shopwire.state.effects."})
        if (Status done = trace.read_all(prefix, about); !done) return done;
    const std::set<std::string> numbers = external_numbers(order, trace.found.all());
    const Wanted bearing = [&](const kafka::Record& record) {
        return record.key != order.record_key() && bears(numbers, record);
    };
    for (const events::Entity entity : {events::Entity::kDocument, events::Entity::kShipment})
        if (Status done = trace.read_all(events::event_topic(entity), bearing); !done) return done;
    return {};
}

Status collect_article(Trace& trace, const ArticleRef& article) {
    const Wanted about = [&article](const kafka::Record& record) { return is_about(article, record); };
    for (const std::string& sku : article.skus) {
        const std::string key = events::join_key({article.merchant, sku});
        const Wanted own = [&](const kafka::Record& record) { return record.key == key; };
        if (Status done = trace.read_key(
                {events::event_topic(events::Entity::kStock), events::event_topic(events::Entity::kPrice),
                 events::event_topic(events::Entity::kProduct)},
                key, own);
            !done)
            return done;
    }
    if (Status done =
            trace.read_key({events::stock_topic(), events::router_state_topic("ledger")}, article.key(), about);
        !done)
        return done;
    for (const std::string_view prefix :
         {"shopwire.commands.", "shopwire.results", "shopwire.deadletters", "shopwire.state.parked."})
        if (Status done = trace.read_all(prefix, about); !done) return done;
    return {};
}

}  // namespace

Result<bool> trace_order(const TraceOptions& options, std::ostream& out) {
    Result<Trace> trace = begin(options);
    if (!trace) return std::unexpected(trace.error());
    const auto orders = find_orders(*trace, {.merchant = options.merchant,
                                             .connection = options.connection,
                                             .wanted = options.wanted,
                                             .by_id = options.by_id});
    if (!orders) return std::unexpected(orders.error());
    if (orders->empty()) {
        show(not_found("Order " + options.wanted + " of " + options.merchant, options), options, out);
        return false;
    }
    if (orders->size() > 1) {
        for (const OrderRef& order : *orders) std::cerr << one_line(exact_name(order)) << '\n';
        return rejected(
            fmt::format("{} orders are called {}: name one of them as above", orders->size(), options.wanted));
    }
    const OrderRef& order = orders->front();
    if (Status done = collect(*trace, order); !done) return std::unexpected(done.error());
    show(order_story(order, trace->found.all(), trace->personal(), trace->now_ms), options, out);
    return true;
}

Result<bool> trace_sku(const TraceOptions& options, std::ostream& out) {
    Result<Trace> trace = begin(options);
    if (!trace) return std::unexpected(trace.error());
    const config::Merchants files =
        options.reach.config.empty() ? config::Merchants{} : config::load_merchants(options.reach.config);
    const auto file = files.merchants.find(options.merchant);
    const ArticleRef article =
        article_of(options.merchant, options.wanted, file == files.merchants.end() ? nullptr : &file->second);
    if (Status done = collect_article(*trace, article); !done) return std::unexpected(done.error());
    const Story story = sku_story(article, trace->found.all(), trace->personal(), trace->now_ms);
    show(story, options, out);
    return story.found;
}

void add_trace_command(CLI::App& app, int& exit_code) {
    const auto options = std::make_shared<TraceOptions>();  // the callbacks outlive this function
    CLI::App* trace = app.add_subcommand("trace", "Everything that happened to one order or article");
    trace->require_subcommand(1);
    const auto add = [&](CLI::App* command, const char* what) {
        add_reach_options(*command, options->reach);
        command->add_option("wanted", options->wanted, what)->required();
        command->add_option("--merchant", options->merchant, "Whose")->required();
        command->add_option("--since", options->since, "Events from here on: 12h, 7d or a time in UTC")
            ->capture_default_str();
        command->add_flag("--personal", options->personal, "Show personal data, which is masked otherwise");
    };
    CLI::App* order = trace->add_subcommand("order", "Where is order 1234?  Exit 1: nothing is known of it");
    add(order, "The order's number or id");
    order->add_option("--connection", options->connection, "The shop, where several have such a number");
    order->add_flag("--id", options->by_id, "It is the shop's id, also where another order has it as its number");
    order->footer("Example:\n  shopwire trace order 1234 --config config --merchant example");
    order->callback(
        [options, &exit_code] { exit_code = exit_code_of("trace order", trace_order(*options, std::cout)); });
    CLI::App* sku = trace->add_subcommand("sku", "Why does the shop show 5?  Exit 1: nothing is known of it");
    add(sku, "The SKU, of any connection");
    sku->footer("Example:\n  shopwire trace sku A-100 --config config --merchant example");
    sku->callback([options, &exit_code] { exit_code = exit_code_of("trace sku", trace_sku(*options, std::cout)); });
}

}  // namespace shopwire::cli
