#include "common/runtime/connections.h"

#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "common/core/ids.h"
#include "common/log/log.h"
#include "common/runtime/sink_item.h"

namespace shopwire::runtime {
namespace {

std::string fingerprint_of(const std::string& folder) {
    std::error_code error;
    std::set<std::string> lines;
    for (const auto& entry : std::filesystem::directory_iterator(folder, error)) {
        const auto time = entry.last_write_time(error).time_since_epoch().count();
        lines.insert(fmt::format("{} {} {}", entry.path().string(), time,
                                 entry.is_regular_file(error) ? entry.file_size(error) : 0));
    }
    return fmt::format("{}", fmt::join(lines, "\n"));
}

}  // namespace

http::RateLimiter::Options limits_of(const config::Installation& installation, const std::string& budget,
                                     const http::RateLimiter::Options& system) {
    http::RateLimiter::Options limits = system;
    const auto found = installation.budgets.find(budget);
    if (found == installation.budgets.end()) return limits;
    if (found->second.per_second > 0) limits.per_second = found->second.per_second;
    if (found->second.burst > 0) limits.burst = found->second.burst;
    if (found->second.concurrency > 0) limits.concurrency = found->second.concurrency;
    return limits;
}

std::string webhook_url_of(const config::Installation& installation, std::string_view system,
                           const std::string& merchant, const std::string& connection) {
    const auto service = installation.services.find(std::string(system));
    if (service == installation.services.end() || service->second.public_url.empty()) return {};
    return service->second.public_url + "/webhooks/" + merchant + "/" + connection;
}

http::Reach reach_of(const config::Installation& installation, const config::ConnectionSettings& settings) {
    const std::string& word =
        settings.internal_addresses.empty() ? installation.internal_addresses : settings.internal_addresses;
    if (word == "refused") return http::Reach::kRefused;
    return word == "allowed" ? http::Reach::kAllowed : http::Reach::kConfigured;
}

MakeTransport reaching(MakeTransport make, http::Reach reach) {
    return [make = std::move(make), reach](http::CurlOptions curl) {
        curl.internal = reach;
        return make(std::move(curl));
    };
}

Connections::Connections(const ConnectorSpec& spec, const config::Installation& installation, std::string config_folder,
                         Clock& clock, http::Transport& transport, metrics::Registry& metrics,
                         MakeTransport own_transport, bool dry_run)
    : spec_(spec),
      installation_(installation),
      config_folder_(std::move(config_folder)),
      clock_(clock),
      transport_(transport),
      metrics_(metrics),
      own_transport_(std::move(own_transport)),
      dry_run_(dry_run) {}

bool Connections::files_changed() {
    return references_.changed() || fingerprint_of(config_folder_ + "/merchants") != fingerprint_;
}

Connections::Changes Connections::reload() {
    fingerprint_ = fingerprint_of(config_folder_ + "/merchants");
    const config::Merchants loaded = config::load_merchants(config_folder_);
    references_ = loaded.references;
    Changes changes;
    std::map<std::string, std::string> problems;
    for (const auto& [file, list] : loaded.problems) {
        std::string text;
        for (const config::Problem& problem : list) text += config::format(problem) + '\n';
        if (!text.empty()) problems.emplace(file, std::move(text));
    }
    const std::scoped_lock lock(mutex_);
    for (const auto& [file, text] : problems) {
        const auto known = problems_.find(file);
        if (known == problems_.end() || known->second != text)
            log::error("configuration kept at its last good version", {{"problems", text}});
    }
    problems_ = std::move(problems);
    for (const auto& [name, merchant] : loaded.merchants) adopt(merchant, changes);
    // A merchant whose file is gone is gone; one whose file has mistakes stays.
    for (auto live = connections_.begin(); live != connections_.end();) {
        const std::string& merchant = live->second->merchant;
        const bool keeps = loaded.merchants.contains(merchant) || !problems_.empty();
        if (keeps) {
            ++live;
            continue;
        }
        changes.gone.push_back(live->first);
        live = connections_.erase(live);
    }
    const auto is_gone = [&](const auto& known) { return !loaded.merchants.contains(known.first); };
    if (problems_.empty()) {
        std::erase_if(generations_, is_gone);
        std::erase_if(revisions_, is_gone);
    }
    return changes;
}

// Takes over one merchant's file as a whole, or not at all.
void Connections::adopt(const config::Merchant& merchant, Changes& changes) {
    const auto known = generations_.find(merchant.name);
    if (known != generations_.end() && known->second == merchant.generation) return;
    std::map<std::string, ConnectionPtr> made;
    for (const auto& [name, settings] : merchant.connections) {
        if (settings.system != spec_.system || !settings.enabled) continue;
        config::Problems problems;
        if (spec_.check) spec_.check(settings.settings, problems);
        std::string text;
        for (const config::Problem& problem : problems) text += config::format(problem) + '\n';
        Result<ConnectionPtr> connection = problems.empty() ? make(merchant, settings) : rejected(text);
        if (!connection) {
            const std::string id = connection_id(merchant.name, name);
            const std::string where = "connection " + id;
            if (problems_[where] != connection.error().message) {
                log::error("connection kept at its last good version",
                           {{"connection", id}, {"problems", connection.error().message}});
            }
            problems_[where] = connection.error().message;
            return;
        }
        made.emplace((*connection)->id, *connection);
    }
    generations_[merchant.name] = merchant.generation;
    revisions_[merchant.name] = merchant.revision;
    for (auto live = connections_.begin(); live != connections_.end();) {
        if (live->second->merchant != merchant.name || made.contains(live->first)) {
            ++live;
            continue;
        }
        changes.gone.push_back(live->first);
        live = connections_.erase(live);
    }
    for (auto& [id, connection] : made) {
        changes.changed.push_back(id);
        connections_[id] = std::move(connection);
    }
}

Result<ConnectionPtr> Connections::make(const config::Merchant& merchant, const config::ConnectionSettings& settings) {
    auto connection = std::make_shared<LiveConnection>();
    connection->id = connection_id(merchant.name, settings.name);
    connection->merchant = merchant.name;
    connection->settings = settings;
    connection->generation = merchant.generation;
    const std::string budget = settings.budget.empty() ? merchant.name + "/" + settings.name : settings.budget;
    connection->slot = partition_of(budget, installation_.partitions_of(std::string(spec_.system)));
    http::RateLimiter& limiter = limiter_of(budget, connection->concurrency);
    const http::Reach reach = reach_of(installation_, settings);
    const ConnectionContext context{
        .merchant = merchant.name,
        .connection = settings.name,
        .public_url = webhook_url_of(installation_, spec_.system, merchant.name, settings.name),
        .clock = clock_,
        .transport = transport_of(reach),
        .limiter = limiter,
        .metrics = metrics_,
        .own_transport = reaching(own_transport_, reach),
        .dry_run = dry_run_,
    };
    Result<Connector> connector = spec_.create(settings.settings, context);
    if (!connector) return within("making connection " + connection->id, connector.error());
    connection->connector = *std::move(connector);
    return ConnectionPtr(std::move(connection));
}

http::Transport& Connections::transport_of(http::Reach reach) {
    if (reach == http::Reach::kConfigured) return transport_;
    std::unique_ptr<http::Transport>& transport = transports_[reach];
    if (!transport) transport = reaching(own_transport_, reach)({});
    return *transport;
}

http::RateLimiter& Connections::limiter_of(const std::string& budget, int& concurrency) {
    const http::RateLimiter::Options limits = limits_of(installation_, budget, spec_.limits);
    concurrency = limits.concurrency;
    std::unique_ptr<http::RateLimiter>& limiter = limiters_[budget];
    if (!limiter) limiter = http::RateLimiter::create(limits, clock_);
    return *limiter;
}

ConnectionPtr Connections::find(const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = connections_.find(id);
    return found == connections_.end() ? nullptr : found->second;
}

std::vector<ConnectionPtr> Connections::all() const {
    const std::scoped_lock lock(mutex_);
    std::vector<ConnectionPtr> list;
    list.reserve(connections_.size());
    for (const auto& [id, connection] : connections_) list.push_back(connection);
    return list;
}

std::vector<std::string> Connections::problems() const {
    const std::scoped_lock lock(mutex_);
    std::vector<std::string> list;
    list.reserve(problems_.size());
    for (const auto& [file, text] : problems_) list.push_back(text);
    return list;
}

std::uint32_t Connections::generation() const {
    const std::scoped_lock lock(mutex_);
    return config::generation_of(revisions_);
}

void Connections::set_stopped(const std::string& id, const std::string& why) {
    const std::scoped_lock lock(mutex_);
    if (why.empty())
        stopped_.erase(id);
    else
        stopped_[id] = why;
}

std::string Connections::stopped(const std::string& id) const {
    const std::scoped_lock lock(mutex_);
    const auto found = stopped_.find(id);
    return found == stopped_.end() ? "" : found->second;
}

}  // namespace shopwire::runtime
