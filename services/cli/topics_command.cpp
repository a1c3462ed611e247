#include "services/cli/topics_command.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <functional>
#include <iomanip>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "common/config/installation.h"
#include "services/cli/asyncapi.h"
#include "services/cli/command.h"

namespace shopwire::cli {
namespace {

constexpr std::int32_t kPartitionsMax = 1'000;
constexpr std::int64_t kHourMs = 3'600'000;

std::vector<events::TopicSpec> wanted_topics(const TopicsOptions& options) {
    events::TopicPlan plan{.router_partitions = options.router_partitions};
    for (const std::string& system : options.systems) {
        const auto own = options.partitions.find(system);
        plan.system_partitions[system] = own == options.partitions.end() ? options.system_partitions : own->second;
    }
    return events::topics(plan);
}

kafka::ClientConfig client_config(const TopicsOptions& options) {
    kafka::ClientConfig config = options.kafka;
    if (!options.bootstrap.empty()) config.bootstrap = options.bootstrap;
    return config;
}

std::string cleanup_text(const events::TopicSpec& topic) {
    if (topic.cleanup == events::Cleanup::kCompact) return "compact";
    return std::to_string(topic.retention_ms / kHourMs) + " h";
}

nlohmann::json json_of(const events::TopicSpec& topic, int replication) {
    return {{"name", topic.name},
            {"partitions", topic.partitions},
            {"replication", replication},
            {"key", topic.key},
            {"settings", events::settings_of(topic, replication)}};
}

Result<std::map<std::string, kafka::TopicState>> find_topics(const TopicsOptions& options,
                                                             const std::vector<events::TopicSpec>& wanted) {
    std::vector<std::string> names;
    names.reserve(wanted.size());
    for (const auto& topic : wanted) names.push_back(topic.name);
    return kafka::describe_topics(client_config(options), names, options.timeout);
}

}  // namespace

std::vector<TopicDifference> differences(const std::vector<events::TopicSpec>& wanted,
                                         const std::map<std::string, kafka::TopicState>& found, int replication) {
    std::vector<TopicDifference> out;
    for (const events::TopicSpec& topic : wanted) {
        const auto at = found.find(topic.name);
        if (at == found.end()) {
            out.push_back({.topic = topic.name, .what = "missing"});
            continue;
        }
        const auto compare = [&](const std::string& name, const std::string& expected, const std::string& actual) {
            if (expected == actual) return;
            out.push_back({.topic = topic.name, .what = name + ": expected " + expected + ", got " + actual});
        };
        compare("partitions", std::to_string(topic.partitions), std::to_string(at->second.partitions));
        compare("replication", std::to_string(replication), std::to_string(at->second.replication));
        for (const auto& [name, value] : events::settings_of(topic, replication)) {
            const auto setting = at->second.settings.find(name);
            compare(name, value, setting == at->second.settings.end() ? "none" : setting->second);
        }
    }
    return out;
}

Status adopt_installation(TopicsOptions& options) {
    if (options.config.empty()) return {};
    config::Problems problems;
    const config::Installation installation = config::load_installation(options.config, problems);
    // No port is asked, so that no token is needed.
    std::erase_if(problems, [](const config::Problem& problem) { return problem.path.contains(".admin_token"); });
    if (!problems.empty()) return rejected(config::format(problems.front()));
    options.kafka = installation.kafka;
    options.kafka.client_id = "shopwire-cli";
    options.replication = installation.replication;
    options.router_partitions = installation.router_partitions;
    for (const std::string& system : options.systems) options.partitions[system] = installation.partitions_of(system);
    return {};
}

void print_topics(const TopicsOptions& options, std::ostream& out) {
    const auto wanted = wanted_topics(options);
    if (options.json) {
        nlohmann::json all = nlohmann::json::array();
        for (const auto& topic : wanted) all.push_back(json_of(topic, options.replication));
        out << all.dump(2) << '\n';
        return;
    }
    std::size_t width = 0;
    for (const auto& topic : wanted) width = std::max(width, topic.name.size());
    const auto row = [&](std::string_view name, std::string_view partitions, std::string_view cleanup,
                         std::string_view key) {
        out << std::left << std::setw(static_cast<int>(width) + 2) << name << std::right << std::setw(10) << partitions
            << "  " << std::left << std::setw(9) << cleanup << key << '\n';
    };
    row("TOPIC", "PARTITIONS", "KEPT", "KEY");
    for (const auto& topic : wanted) row(topic.name, std::to_string(topic.partitions), cleanup_text(topic), topic.key);
}

Status create_topics(const TopicsOptions& options, std::ostream& out) {
    const auto wanted = wanted_topics(options);
    auto found = find_topics(options, wanted);
    if (!found) return std::unexpected(std::move(found).error());
    std::vector<kafka::TopicRequest> missing;
    std::vector<std::string> names;
    names.reserve(wanted.size());
    for (const auto& topic : wanted) {
        if (found->contains(topic.name)) continue;
        names.push_back(topic.name);
        missing.push_back({.name = topic.name,
                           .partitions = topic.partitions,
                           .replication = options.replication,
                           .settings = events::settings_of(topic, options.replication)});
    }
    if (Status created = kafka::create_topics(client_config(options), missing, options.timeout); !created)
        return created;
    if (options.json) {
        out << nlohmann::json{{"created", names}, {"existing", found->size()}}.dump(2) << '\n';
    } else {
        for (const std::string& name : names) out << "created " << name << '\n';
        out << names.size() << " created, " << found->size() << " there already\n";
    }
    return {};
}

Result<bool> check_topics(const TopicsOptions& options, std::ostream& out) {
    const auto wanted = wanted_topics(options);
    auto found = find_topics(options, wanted);
    if (!found) return std::unexpected(std::move(found).error());
    const auto different = differences(wanted, *found, options.replication);
    if (options.json) {
        nlohmann::json all = nlohmann::json::array();
        for (const auto& [topic, what] : different) all.push_back({{"topic", topic}, {"difference", what}});
        out << nlohmann::json{{"checked", wanted.size()}, {"differences", all}}.dump(2) << '\n';
    } else {
        for (const auto& [topic, what] : different) out << topic << ": " << what << '\n';
        out << wanted.size() << " topics checked, " << different.size() << " differences\n";
    }
    return different.empty();
}

namespace {

void add_acls_command(CLI::App& topics, const std::shared_ptr<TopicsOptions>& options,
                      const std::function<void(const std::function<int()>&)>& run) {
    CLI::App* acls = topics.add_subcommand("acls", "Show what each service may do at a Kafka that checks rights");
    acls->add_option("--principal", options->principal, "Who a service is at Kafka; {service} stands for its name")
        ->capture_default_str();
    acls->add_option("--pods", options->pods, "How the names of its processes (--pod) begin")->capture_default_str();
    acls->add_flag("--kafka-acls", options->commands, "As commands for Kafka's own kafka-acls.sh");
    acls->footer(
        "Example:\n  shopwire topics acls --systems woocommerce,sors --principal 'User:shopwire-{service}' "
        "--kafka-acls");
    acls->callback([options, run] {
        run([&] {
            print_acls(*options, std::cout);
            return 0;
        });
    });
}

}  // namespace

void add_topics_command(CLI::App& app, int& exit_code) {
    // Shared by the three callbacks, which outlive this function.
    const auto options = std::make_shared<TopicsOptions>();
    CLI::App* topics = app.add_subcommand("topics", "The Kafka topics of an installation");
    topics->require_subcommand(1);
    topics->fallthrough();
    CLI::Option* config = topics->add_option(
        "--config", options->config, "Configuration folder: Kafka with its password, partitions and replication");
    topics->add_option("--bootstrap", options->bootstrap, "Kafka's address, HOST:PORT; default: the folder's, or here");
    topics->add_option("--systems", options->systems, "Connected systems, comma-separated")->delimiter(',')->required();
    topics->add_option("--router-partitions", options->router_partitions)
        ->check(CLI::Range(1, kPartitionsMax))
        ->excludes(config)
        ->capture_default_str();
    topics->add_option("--system-partitions", options->system_partitions)
        ->check(CLI::Range(1, kPartitionsMax))
        ->excludes(config)
        ->capture_default_str();
    topics->add_option("--replication", options->replication)
        ->check(CLI::Range(1, 9))
        ->excludes(config)
        ->capture_default_str();
    topics->add_flag("--json", options->json, "Print JSON for scripts");
    topics->footer(
        "Example:\n  shopwire topics create --bootstrap kafka-1:9092 --systems woocommerce,sors --replication 3");
    const auto run = [options, &exit_code](const std::function<int()>& work) {
        const Status ready = adopt_installation(*options);
        exit_code = ready ? work() : exit_code_of("topics", ready);
    };
    topics->add_subcommand("print", "Show what is declared")->callback([options, run] {
        run([&] {
            print_topics(*options, std::cout);
            return 0;
        });
    });
    topics->add_subcommand("asyncapi", "Print the AsyncAPI 3 document: what they hold, who sends and receives")
        ->callback([options, run] {
            run([&] {
                std::cout << asyncapi_document(options->router_partitions, options->system_partitions,
                                               options->replication, options->systems);
                return 0;
            });
        });
    add_acls_command(*topics, options, run);
    topics->add_subcommand("create", "Create those that are missing")->callback([options, run] {
        run([&] { return exit_code_of("topics", create_topics(*options, std::cout)); });
    });
    topics->add_subcommand("check", "Compare with the cluster; exit 1 on a difference")->callback([options, run] {
        run([&] { return exit_code_of("topics", check_topics(*options, std::cout)); });
    });
}

}  // namespace shopwire::cli
