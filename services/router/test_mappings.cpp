#include "services/router/test_mappings.h"

#include <google/protobuf/descriptor.h>

#include <deque>
#include <filesystem>

#include "common/core/ids.h"
#include "common/events/topics.h"
#include "services/router/memory_store.h"
#include "services/router/message_json.h"
#include "services/router/router.h"

namespace shopwire::router {
namespace {

using commands::v1::Command;
using commands::v1::CommandResult;
using config::Node;
using config::Problems;
using events::v1::Event;

constexpr int kExitDifferent = 1;
constexpr int kExitProblem = 2;
constexpr std::int64_t kStartMs = 1'800'000'000'000;  // 2027; cases depend on no clock
constexpr std::int64_t kStepMs = 60'000;              // between what is given
constexpr std::size_t kRecordsMax = 100'000;          // that one case sends to the router

// All scalars as text: the fields know their types.
void write(json::Writer& writer, const Node& node) {
    switch (node.kind()) {
        case Node::Kind::kNull: writer.null(); return;
        case Node::Kind::kScalar: writer.string(node.scalar()); return;
        case Node::Kind::kList:
            writer.begin_array();
            for (const Node& item : node.items()) write(writer, item);
            writer.end_array();
            return;
        case Node::Kind::kMap:
            writer.begin_object();
            for (const auto& [name, member] : node.members()) {
                writer.key(name);
                write(writer, member);
            }
            writer.end_object();
            return;
    }
}

// Names that are no fields, with their lines.
void check_names(const Node& node, const google::protobuf::Descriptor& type, Problems& problems) {
    for (const auto& [name, member] : node.members()) {
        const auto* field = type.FindFieldByName(name);
        if (field == nullptr) {
            member.problem(problems, "expected a field of " + type.name());
            continue;
        }
        if (field->message_type() == nullptr) continue;
        check_names(member, *field->message_type(), problems);
        for (const Node& item : member.items()) check_names(item, *field->message_type(), problems);
    }
}

Result<json::Document> document_of(const Node& node) {
    json::Writer writer;
    write(writer, node);
    return json::Document::parse(writer.take());
}

void fill(const Node& node, google::protobuf::Message& message, Problems& problems) {
    const std::size_t before = problems.size();
    check_names(node, *message.GetDescriptor(), problems);
    if (problems.size() > before) return;
    const Result<json::Document> document = document_of(node);
    const Status read = document ? from_json(document->root(), message) : Status(std::unexpected(document.error()));
    if (!read) node.problem(problems, read.error().message);
}

struct Case {
    const MerchantRouting& routing;
    Node node{};
};

// Plays Kafka for one case: what the router sends to itself comes back.
class Play {
 public:
    explicit Play(const MerchantRouting& routing) {
        auto all = std::make_shared<Routing>();
        all->merchants.emplace(routing.merchant.name, std::make_shared<MerchantRouting>(routing));
        router_.use(std::move(all));
    }

    Status feed(kafka::Record record) {
        std::deque<kafka::Record> waiting{std::move(record)};
        for (std::size_t count = 0; !waiting.empty(); ++count) {
            if (count > kRecordsMax) return rejected("the router goes on without end");
            kafka::Record next = std::move(waiting.front());
            waiting.pop_front();
            if (next.partition < 0) next.partition = partition_of(next.key, installation_.router_partitions);
            std::vector<kafka::Record> out;
            if (Status done = router_.handle(next, now_ms, out); !done) return done;
            router_.finish(out);
            for (kafka::Record& sent : out) {
                if (sent.topic == events::stock_topic() || sent.topic == events::native_topic() ||
                    sent.topic == events::identity_topic())
                    waiting.push_back(std::move(sent));
                else if (Status kept = keep(sent); !kept)
                    return kept;
            }
        }
        return {};
    }

    std::vector<Command> commands{};
    std::int64_t now_ms = kStartMs;

 private:
    Status keep(const kafka::Record& sent) {
        if (sent.topic == events::dead_letter_topic()) {
            internal::v1::DeadLetter letter;
            letter.ParseFromString(sent.value.value_or(std::string()));
            return rejected("set aside: " + letter.error());
        }
        Result<Command> command = events::parse_command(sent);
        if (!command) return std::unexpected(std::move(command).error());
        commands.push_back(*std::move(command));
        return {};
    }

    config::Installation installation_{};
    MemoryStore links_{};
    MemoryStore ledgers_{};
    std::unique_ptr<metrics::Registry> registry_ = metrics::Registry::create();
    Metrics metrics_{*registry_};
    Router router_{installation_, links_, ledgers_, metrics_};
};

// What a case leaves out of an event's source.
void complete(Event& event, const MerchantRouting& routing, std::int64_t now_ms) {
    events::v1::Source& source = *event.mutable_source();
    source.set_merchant(routing.merchant.name);
    const auto connection = routing.merchant.connections.find(source.connection());
    if (connection != routing.merchant.connections.end() && source.system().empty())
        source.set_system(connection->second.system);
    if (source.origin() == events::v1::ORIGIN_UNSPECIFIED) {
        source.set_origin(events::v1::ORIGIN_POLL);
        if (source.read_started_at_ms() == 0) source.set_read_started_at_ms(now_ms);
    }
    if (source.observed_at_ms() == 0) source.set_observed_at_ms(now_ms);
    if (source.content_hash().empty()) events::set_content_hash(event);
}

Result<kafka::Record> event_record(const Node& node, const Play& play, const MerchantRouting& routing,
                                   Problems& problems) {
    Event event;
    fill(node, event, problems);
    complete(event, routing, play.now_ms);
    if (Status right = events::check(event); !right) return std::unexpected(std::move(right).error());
    return events::to_record(event, play.now_ms);
}

// The answer to a command that came before: `of` counts from 0.
Result<kafka::Record> result_record(const Node& node, const Play& play, Problems& problems) {
    int of = -1;
    config::read(node.member("of"), of, problems);
    if (of < 0 || static_cast<std::size_t>(of) >= play.commands.size())
        return rejected("result.of: expected the number of a command that came before");
    const Command& command = play.commands[static_cast<std::size_t>(of)];
    CommandResult result;
    result.set_outcome(commands::v1::OUTCOME_APPLIED);
    if (!node.member("fields").is_null()) fill(node.member("fields"), result, problems);
    result.set_command_id(command.id());
    result.set_merchant(command.merchant());
    result.set_connection(command.connection());
    result.set_key(command.key());
    result.set_field_group(command.field_group());
    result.set_sequence(command.sequence());
    result.set_cause_key(command.cause_key());
    result.set_cause_connection(command.cause_connection());
    result.set_cause_observed_at_ms(command.cause_observed_at_ms());
    if (result.finished_at_ms() == 0) result.set_finished_at_ms(play.now_ms);
    return events::to_record(result, play.now_ms, {});
}

Status give(const Case& one, Play& play, Problems& problems) {
    for (const Node& step : one.node.member("given").items()) {
        play.now_ms += kStepMs;
        const bool is_event = !step.member("event").is_null();
        Result<kafka::Record> record = is_event ? event_record(step.member("event"), play, one.routing, problems)
                                                : result_record(step.member("result"), play, problems);
        if (!problems.empty()) return {};
        if (!record) return within("line " + std::to_string(step.line()), std::move(record).error());
        if (Status fed = play.feed(*std::move(record)); !fed)
            return within("line " + std::to_string(step.line()), std::move(fed).error());
    }
    return {};
}

std::vector<std::string> run_case(const Case& one, Problems& problems) {
    Play play(one.routing);
    if (Status given = give(one, play, problems); !given) return {given.error().message};
    std::vector<std::string> out;
    const std::vector<Node> expected = one.node.member("expect").items();
    for (std::size_t i = 0; i < expected.size() || i < play.commands.size(); ++i) {
        const std::string here = "expect[" + std::to_string(i) + "]: ";
        if (i >= expected.size()) {
            out.push_back(here + "expected no more, got " + to_json(play.commands[i]));
            continue;
        }
        check_names(expected[i], *Command::descriptor(), problems);
        if (i >= play.commands.size()) {
            out.push_back(here + "expected a command, got none");
            continue;
        }
        const Result<json::Document> document = document_of(expected[i]);
        if (!document) return {document.error().message};
        for (const std::string& difference : differences(document->root(), play.commands[i]))
            out.push_back(here + difference);
    }
    return out;
}

struct MappingFile {
    std::string config{};    // configuration folder, seen from this file
    std::string merchant{};
    std::vector<Node> cases{};
};

const config::Schema<MappingFile>& file_schema() {
    using F = MappingFile;
    static const config::Schema<F> schema =
        config::Schema<F>("mapping_test", "Given events, expect commands.")
            .required("config", &F::config, "configuration folder, seen from this file")
            .required("merchant", &F::merchant, "the merchant whose routing is tested")
            .required("cases", &F::cases, "each with `name`, `given` and `expect`");
    return schema;
}

std::shared_ptr<const MerchantRouting> load_routing(const std::string& folder, const std::string& name, const Node& at,
                                                    Problems& problems) {
    config::Merchants loaded = config::load_merchants(folder);
    const auto found = loaded.merchants.find(name);
    if (found == loaded.merchants.end()) {
        at.member("merchant").problem(problems, "expected a merchant of " + folder + ", got \"" + name + "\"");
        for (const auto& [file, of_file] : loaded.problems)
            problems.insert(problems.end(), of_file.begin(), of_file.end());
        return nullptr;
    }
    auto routing = std::make_shared<MerchantRouting>();
    routing->routes = parse_routes(found->second, problems);
    routing->merchant = std::move(found->second);
    return routing;
}

int test_file(const std::string& file, std::ostream& out, Problems& problems) {
    const Node root = Node::load(file, problems);
    const MappingFile tests = file_schema().parse(root, problems);
    if (!problems.empty()) return 0;
    const std::string folder = (std::filesystem::path(file).parent_path() / tests.config).lexically_normal().string();
    const std::shared_ptr<const MerchantRouting> routing = load_routing(folder, tests.merchant, root, problems);
    if (!problems.empty()) return 0;
    int failed = 0;
    for (const Node& one : tests.cases) {
        const std::vector<std::string> wrong = run_case({.routing = *routing, .node = one}, problems);
        if (!problems.empty()) return failed;
        const std::string label = file + ": " + one.member("name").scalar();
        out << (wrong.empty() ? "ok   " : "FAIL ") << label << "\n";
        for (const std::string& line : wrong) out << "     " << line << "\n";
        if (!wrong.empty()) ++failed;
    }
    return failed;
}

}  // namespace

int test_mappings(std::span<const std::string> files, std::ostream& out) {
    Problems problems;
    int failed = 0;
    for (const std::string& file : files) failed += test_file(file, out, problems);
    for (const config::Problem& problem : problems) out << config::format(problem) << "\n";
    if (!problems.empty()) return kExitProblem;
    return failed == 0 ? 0 : kExitDifferent;
}

}  // namespace shopwire::router
