#include "services/router/routing_loader.h"

#include <filesystem>
#include <set>

#include "common/log/log.h"

namespace shopwire::router {

// Names, sizes and times of the merchant files, those that load_merchants reads.
std::string RoutingLoader::stamp() const {
    std::set<std::string> parts;
    std::error_code error;
    for (const auto& entry : std::filesystem::directory_iterator(folder_ + "/merchants", error)) {
        if (entry.path().extension() != ".yaml" || entry.path().filename().string().starts_with('.')) continue;
        std::error_code ignored;
        const auto time = entry.last_write_time(ignored).time_since_epoch().count();
        parts.insert(entry.path().string() + "|" + std::to_string(time) + "|" +
                     std::to_string(entry.file_size(ignored)));
    }
    std::string out;
    for (const std::string& part : parts) out += part + "\n";
    return out;
}

std::shared_ptr<const Routing> RoutingLoader::load_if_changed() {
    std::string now = stamp();
    if (now == stamp_) return nullptr;
    stamp_ = std::move(now);
    problems_.clear();

    config::Merchants loaded = config::load_merchants(folder_);
    auto next = std::make_shared<Routing>();
    for (auto& [name, merchant] : loaded.merchants) {
        config::Problems problems;
        auto routing = std::make_shared<MerchantRouting>();
        routing->routes = parse_routes(merchant, problems);
        routing->merchant = std::move(merchant);
        if (problems.empty())
            next->merchants.emplace(name, std::move(routing));
        else
            loaded.problems[name] = std::move(problems);
    }
    for (const auto& [file, problems] : loaded.problems) {
        for (const config::Problem& problem : problems) {
            log::error("a merchant's file has a mistake, its last good version stays in force",
                       {{"problem", config::format(problem)}});
            problems_.push_back(problem);
        }
    }
    // A merchant whose file has gone bad keeps its last good version.  One whose file is gone is gone.
    if (!loaded.problems.empty())
        for (const auto& [name, routing] : current_->merchants) next->merchants.try_emplace(name, routing);
    metrics_.merchants.set(static_cast<double>(next->merchants.size()));
    metrics_.merchants_refused.set(static_cast<double>(loaded.problems.size()));
    std::map<std::string, std::uint64_t> revisions;
    for (const auto& [name, routing] : next->merchants) revisions.emplace(name, routing->merchant.revision);
    metrics_.config_generation.set(config::generation_of(revisions));
    current_ = next;
    return current_;
}

}  // namespace shopwire::router
