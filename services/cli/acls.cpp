// `shopwire topics acls`: what each service may do at Kafka, for people, scripts and Kafka's own tool.
#include <algorithm>
#include <iomanip>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/events/rights.h"
#include "services/cli/topics_command.h"

namespace shopwire::cli {
namespace {

struct Owner {
    std::string service{};
    std::string principal{};
    std::vector<kafka::Right> rights{};
};

std::string filled(std::string text, std::string_view service) {
    constexpr std::string_view kPlace = "{service}";
    for (std::size_t at = text.find(kPlace); at != std::string::npos; at = text.find(kPlace, at + service.size()))
        text.replace(at, kPlace.size(), service);
    return text;
}

std::vector<Owner> owners_of(const TopicsOptions& options) {
    events::TopicPlan plan{.router_partitions = options.router_partitions};
    std::vector<std::string> services{"router"};
    for (const std::string& system : options.systems) {
        plan.system_partitions[system] = options.system_partitions;
        services.push_back(system);
    }
    std::vector<Owner> out;
    out.reserve(services.size());
    for (const std::string& service : services)
        out.push_back({service, filled(options.principal, service),
                       events::rights_of(plan, service, filled(options.pods, service))});
    for (events::Errand& errand : events::errands())
        out.push_back({std::string(errand.name), filled(options.principal, errand.name), std::move(errand.rights)});
    return out;
}

// One line for what is allowed on the same thing.
using Thing = std::pair<kafka::Resource, std::string>;

std::map<Thing, std::string> lines_of(const Owner& owner) {
    std::map<Thing, std::string> lines;
    for (const kafka::Right& right : owner.rights) {
        std::string& operations = lines[{right.resource, right.name + (right.prefixed ? "*" : "")}];
        operations += (operations.empty() ? "" : ", ") + std::string(name_of(right.operation));
    }
    return lines;
}

void print_for_people(const std::vector<Owner>& owners, std::ostream& out) {
    std::size_t principal_width = 0;
    std::size_t operations_width = 0;
    for (const Owner& owner : owners) {
        principal_width = std::max(principal_width, owner.principal.size());
        for (const auto& [thing, operations] : lines_of(owner))
            operations_width = std::max(operations_width, operations.size());
    }
    const auto row = [&](std::string_view principal, std::string_view operations, std::string_view resource,
                         std::string_view name) {
        out << std::left << std::setw(static_cast<int>(principal_width) + 2) << principal
            << std::setw(static_cast<int>(operations_width) + 2) << operations << std::setw(18) << resource << name
            << '\n';
    };
    row("PRINCIPAL", "MAY", "ON", "NAME");
    for (const Owner& owner : owners)
        for (const auto& [thing, operations] : lines_of(owner))
            row(owner.principal, operations, name_of(thing.first), thing.second);
}

void print_json(const std::vector<Owner>& owners, std::ostream& out) {
    nlohmann::json all = nlohmann::json::array();
    for (const Owner& owner : owners)
        for (const kafka::Right& right : owner.rights)
            all.push_back({{"service", owner.service},
                           {"principal", owner.principal},
                           {"resource", name_of(right.resource)},
                           {"name", right.name},
                           {"pattern", right.prefixed ? "prefixed" : "literal"},
                           {"operation", name_of(right.operation)}});
    out << all.dump(2) << '\n';
}

std::string shell_word(std::string_view text) {
    std::string out = "'";
    for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return out + "'";
}

// As Kafka's tool wants it: DescribeConfigs.
std::string word_of(kafka::Operation operation) {
    std::string out;
    bool first = true;
    for (const char c : name_of(operation)) {
        if (c != '_') out += first ? c : static_cast<char>(c - 'A' + 'a');
        first = c == '_';
    }
    return out;
}

// One command for all that shares operation and pattern, since each starts a Java of its own.
void print_commands(const TopicsOptions& options, const std::vector<Owner>& owners, std::ostream& out) {
    const std::string bootstrap = options.bootstrap.empty() ? options.kafka.bootstrap : options.bootstrap;
    for (const Owner& owner : owners) {
        std::map<std::pair<kafka::Operation, bool>, std::string> commands;
        for (const kafka::Right& right : owner.rights)
            commands[{right.operation, right.prefixed}] +=
                " --" + std::string(name_of(right.resource)) + " " + shell_word(right.name);
        for (const auto& [kind, resources] : commands)
            out << "kafka-acls.sh --bootstrap-server " << bootstrap << " --command-config admin.properties --add"
                << " --allow-principal " << shell_word(owner.principal) << " --operation " << word_of(kind.first)
                << (kind.second ? " --resource-pattern-type prefixed" : "") << resources << '\n';
    }
}

}  // namespace

void print_acls(const TopicsOptions& options, std::ostream& out) {
    const std::vector<Owner> owners = owners_of(options);
    if (options.json)
        print_json(owners, out);
    else if (options.commands)
        print_commands(options, owners, out);
    else
        print_for_people(owners, out);
}

}  // namespace shopwire::cli
