#include "tests/sandbox/kit/faults.h"

#include <nlohmann/json.hpp>
#include <regex>
#include <set>

namespace sandbox::kit {

namespace {

constexpr std::size_t kMaxRules = 1000;

const std::set<std::string, std::less<>>& http_kinds() {
    static const std::set<std::string, std::less<>> kinds{
        "status", "html", "cut_body", "delay", "hang", "apply_then_drop", "drop_before", "slow_body", "late_apply"};
    return kinds;
}

}  // namespace

struct FaultEngine::Rule {
    std::int64_t id = 0;
    nlohmann::json source;
    std::string channel = "http";
    std::string method;
    std::optional<std::regex> subject;
    std::int64_t skip = 0;          // matches let through first
    std::int64_t times = -1;        // hits left, -1 = no end
    std::int64_t every = 1;         // each n-th match
    double probability = 1.0;
    std::int64_t matches = 0;
    std::int64_t hits = 0;
    Fault fault;

    static std::unique_ptr<Rule> from(const nlohmann::json& item) {
        auto rule = std::make_unique<Rule>();
        rule->source = item;
        const auto match = item.value("match", nlohmann::json::object());
        rule->channel = match.value("channel", "http");
        rule->method = match.value("method", "");
        if (match.contains("path_regex")) rule->subject.emplace(match.at("path_regex").get<std::string>());
        rule->skip = item.value("skip", std::int64_t{0});
        rule->times = item.value("times", std::int64_t{-1});
        rule->every = std::max<std::int64_t>(1, item.value("every", std::int64_t{1}));
        rule->probability = item.value("probability", 1.0);
        const auto& fault = item.at("fault");
        rule->fault.kind = fault.at("kind").get<std::string>();
        rule->fault.status = fault.value("status", 503);
        if (fault.contains("retry_after")) rule->fault.retry_after = fault.at("retry_after").get<int>();
        rule->fault.body = fault.value("body", "");
        rule->fault.delay_ms = fault.value("delay_ms", 0);
        return rule;
    }

    bool matches_request(std::string_view on, std::string_view with, std::string_view what) const {
        if (channel != on || (!method.empty() && method != with)) return false;
        return !subject || std::regex_search(what.begin(), what.end(), *subject);
    }
};

FaultEngine::FaultEngine() = default;
FaultEngine::~FaultEngine() = default;

std::optional<std::string> FaultEngine::add(std::string_view json) {
    std::vector<std::unique_ptr<Rule>> added;
    try {
        auto document = nlohmann::json::parse(json);
        if (document.is_object()) document = nlohmann::json::array({document});
        for (const auto& item : document) {
            added.push_back(Rule::from(item));
            const auto& rule = *added.back();
            if (rule.channel == "http" && !http_kinds().contains(rule.fault.kind)) {
                return "reading faults: kind " + rule.fault.kind + " is not known";
            }
        }
    } catch (const std::exception& error) {
        return std::string("reading faults: ") + error.what();
    }
    const std::scoped_lock lock(mutex_);
    if (rules_.size() + added.size() > kMaxRules) return "adding faults: more than 1000 rules";
    for (auto& rule : added) {
        rule->id = next_id_++;
        rules_.push_back(std::move(rule));
    }
    any_ = !rules_.empty();
    return std::nullopt;
}

void FaultEngine::clear() {
    const std::scoped_lock lock(mutex_);
    rules_.clear();
    any_ = false;
}

std::string FaultEngine::describe() const {
    const std::scoped_lock lock(mutex_);
    auto out = nlohmann::json::array();
    for (const auto& rule : rules_) {
        out.push_back({{"id", rule->id}, {"rule", rule->source}, {"matches", rule->matches}, {"hits", rule->hits}});
    }
    return out.dump();
}

std::optional<Fault> FaultEngine::pick(std::string_view channel, std::string_view method, std::string_view subject) {
    if (!any_.load(std::memory_order_relaxed)) return std::nullopt;
    const std::scoped_lock lock(mutex_);
    for (auto& rule : rules_) {
        if (rule->times >= 0 && rule->hits >= rule->times) continue;
        if (!rule->matches_request(channel, method, subject)) continue;
        if (++rule->matches <= rule->skip) continue;
        if ((rule->matches - rule->skip) % rule->every != 0) continue;
        if (rule->probability < 1.0 && std::uniform_real_distribution<double>{}(random_) >= rule->probability) continue;
        ++rule->hits;
        return rule->fault;
    }
    return std::nullopt;
}

}  // namespace sandbox::kit
