#include "services/cli/doctor.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "common/config/installation.h"
#include "common/events/topics.h"
#include "services/cli/topic_scan.h"

namespace shopwire::cli {
namespace {

constexpr std::string_view kRouter = "router";
constexpr std::chrono::milliseconds kExamineTimeout{120'000};  // longer than a service takes at most

// Of a partner only what its tables say of our words is of interest here.
bool is_of_tables(const Finding& finding) {
    return finding.check == "statuses" || finding.check == "payments" || finding.check == "taxes";
}

std::string system_of(const Reach& reach, const std::string& merchant, const std::string& connection) {
    if (reach.config.empty()) return {};
    const config::Merchants loaded = config::load_merchants(reach.config);
    const auto file = loaded.merchants.find(merchant);
    if (file == loaded.merchants.end()) return {};
    const auto found = file->second.connections.find(connection);
    return found == file->second.connections.end() ? std::string() : found->second.system;
}

// What Kafka holds of this merchant.
Result<Stored> read_stored(const Reach& reach, const std::string& merchant, const Routes& routes,
                           std::int64_t since_ms) {
    Result<TopicScan> scan = TopicScan::open(reach.kafka);
    if (!scan) return std::unexpected(scan.error());
    Stored stored;
    const auto each = [&](const kafka::Record& record) {
        if (record.value) add(stored, record, merchant, routes);
    };
    const auto read = [&](const std::vector<std::string>& topics, std::int64_t from_ms) -> Status {
        const auto done = scan->read(scan->partitions_of(topics), from_ms, each);
        return done ? Status{} : std::unexpected(done.error());
    };
    // Snapshots first: an event may tell that something of them is gone.
    if (Status done = read(scan->topics_under("shopwire.state.snapshots."), 0); !done)
        return std::unexpected(done.error());
    if (Status done = read({events::event_topic(events::Entity::kStock), events::event_topic(events::Entity::kProduct),
                            events::router_state_topic("links")},
                           0);
        !done)
        return std::unexpected(done.error());
    if (Status done = read({events::event_topic(events::Entity::kOrder)}, since_ms); !done)
        return std::unexpected(done.error());
    return stored;
}

}  // namespace

Result<ConnectionRef> connection_ref(const std::string& text) {
    const std::size_t slash = text.find('/');
    if (slash == std::string::npos || slash == 0 || slash + 1 == text.size() ||
        text.find('/', slash + 1) != std::string::npos)
        return rejected("expected MERCHANT/CONNECTION, got \"" + text + "\"");
    return ConnectionRef{.merchant = text.substr(0, slash), .connection = text.substr(slash + 1)};
}

Finding Doctor::unanswered(const std::string& id, const std::string& why) const {
    const std::string system = system_of(reach_, merchant_, id.substr(id.find('/') + 1));
    return {.at = id,
            .check = "service",
            .grade = "fault",
            .what = "no service answers for it: " + why,
            .remedy = system.empty()
                          ? "is the connection in the merchant's file, and is its service running?"
                          : fmt::format("start shopwire-{0}; without it: shopwire-{0} --config {1} --examine {2}",
                                        system, reach_.config, id)};
}

Examined Doctor::examine(const std::string& connection, const Terms& seen, bool brief) {
    const std::string id = merchant_ + "/" + connection;
    std::string refusals;
    for (const AdminPort& port : reach_.ports) {
        if (port.service == kRouter) continue;
        const auto answer = client_.ask(port, "/api/examine", examine_body(id, seen, brief).dump(), kExamineTimeout);
        if (answer) return examined_of(id, *answer);
        refusals += (refusals.empty() ? "" : "; ") + answer.error().message;
    }
    return {.findings = {unanswered(id, refusals.empty() ? "no admin port is known" : refusals)}};
}

const Examined& Doctor::brief(const std::string& connection) {
    const auto known = brief_.find(connection);
    if (known != brief_.end()) return known->second;
    return brief_.emplace(connection, examine(connection, {}, true)).first->second;
}

const Routes& Doctor::routes() {
    if (routes_) return *routes_;
    routes_.emplace();
    for (const AdminPort& port : reach_.ports) {
        if (port.service != kRouter) continue;
        if (const auto answer = client_.ask(port, "/api/routing")) routes_ = routes_of(*answer, merchant_);
        if (routes_->known) break;
    }
    return *routes_;
}

const Stored& Doctor::stored() {
    if (stored_) return *stored_;
    Result<Stored> read = read_stored(reach_, merchant_, routes(), since_ms_);
    if (!read) kafka_problem_ = read.error().message;
    stored_ = read ? *std::move(read) : Stored{};
    return *stored_;
}

std::vector<Finding> Doctor::look_at(const std::string& connection) {
    const std::string id = merchant_ + "/" + connection;
    // What reaches this connection, so that its own tables can be asked about it.
    Terms seen;
    std::vector<std::string> targets;
    if (routes().known) {
        for (const OrderTables& route : routes().orders) {
            if (route.from == connection) targets.push_back(route.to);
            if (route.to != connection) continue;
            seen.add(brief(route.from).terms);
            if (const auto told = stored().seen.find(route.from); told != stored().seen.end()) seen.add(told->second);
        }
    }
    Examined found = examine(connection, seen, false);
    if (!routes().known) {
        found.findings.push_back({.at = id,
                                  .check = "routing",
                                  .grade = "unknown",
                                  .what = "no router tells the routes of this merchant",
                                  .remedy = "is the router running, and is the merchant's file right?"});
        return found.findings;
    }
    Terms offered = found.terms;
    for (Finding& finding : cross_checks(merchant_, connection, routes(), stored(), offered))
        found.findings.push_back(std::move(finding));
    if (!kafka_problem_.empty())
        found.findings.push_back({.at = id, .check = "Kafka", .grade = "unknown", .what = kafka_problem_});
    if (const auto told = stored().seen.find(connection); told != stored().seen.end()) offered.add(told->second);
    for (const std::string& target : targets)
        for (Finding& finding : examine(target, offered, true).findings)
            if (is_of_tables(finding)) found.findings.push_back(std::move(finding));
    return found.findings;
}

}  // namespace shopwire::cli
