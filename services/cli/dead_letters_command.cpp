#include "services/cli/dead_letters_command.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <deque>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include <fmt/format.h>

#include "common/core/clock.h"
#include "common/events/topics.h"
#include "common/kafka/producer.h"
#include "services/cli/command.h"
#include "services/cli/story.h"
#include "services/cli/text.h"
#include "services/cli/topic_scan.h"

namespace shopwire::cli {
namespace {

using internal::v1::DeadLetter;
using Json = nlohmann::ordered_json;

// Sinks drop what they refused before, unless it bears this.
constexpr std::string_view kReplayHeader = "shopwire-replay";

struct Found {
    kafka::Record record{};
    DeadLetter letter{};
};

std::string id_of(const kafka::Record& record) { return fmt::format("{}:{}", record.partition, record.offset); }

Personal personal_of(const DeadLettersOptions& options) {
    return options.personal ? Personal::kShown : Personal::kMasked;
}

bool fits(const DeadLettersOptions& options, const DeadLetter& letter) {
    return is_of(options.filter, letter) && (options.stage.empty() || letter.stage() == options.stage) &&
           letter.key().contains(options.filter.key);
}

Result<TopicScan> open(const DeadLettersOptions& options) {
    const Result<Reach> reach = reach_of(options.reach);
    if (!reach) return std::unexpected(reach.error());
    return TopicScan::open(reach->kafka);
}

// The letter of an id.
Result<Found> find(TopicScan& scan, const std::string& text) {
    const Result<LetterId> id = parse_letter_id(text);
    if (!id) return std::unexpected(id.error());
    const kafka::Partition partition{.topic = events::dead_letter_topic(), .number = id->partition};
    const auto missing = [&] { return rejected("dead letter " + text + ": there is none of that name any more"); };
    if (scan.partitions_of({partition.topic}, id->partition).empty()) return missing();
    const auto ends = scan.ends({partition});
    if (!ends) return std::unexpected(ends.error());
    if (id->offset < ends->at(partition).earliest || id->offset >= ends->at(partition).end) return missing();
    std::optional<kafka::Record> found;
    const auto read = scan.reader().read(
        partition, id->offset, id->offset + 1,
        [&](const kafka::Record& record) -> Status {
            if (record.offset == id->offset) found = record;
            return {};
        },
        kKafkaTimeout);
    if (!read) return std::unexpected(read.error());
    if (!found || !found->value) return missing();
    Found out{.record = *std::move(found)};
    if (!out.letter.ParseFromString(*out.record.value))
        return rejected("dead letter " + text + ": not a DeadLetter message");
    return out;
}

void print_table(const std::deque<Found>& letters, const DeadLettersOptions& options, std::ostream& out) {
    Table table({"N", "TIME", "STAGE", "CONNECTION", "TOPIC", "KEY", "KIND", "ERROR"});
    for (const auto& [record, letter] : letters) {
        const std::string connection =
            letter.connection().empty() ? letter.merchant() : letter.merchant() + "/" + letter.connection();
        table.add({id_of(record), time_text(letter.failed_at_ms()), letter.stage(),
                   connection.empty() ? "-" : connection, letter.topic().empty() ? "-" : letter.topic(),
                   letter.key().empty() ? "-" : letter.key(), letter.error_kind(),
                   free_text(letter.error(), personal_of(options))});
    }
    table.print(out);
}

Json json_of(const Found& found, const DeadLettersOptions& options) {
    Json json = cli::json_of(found.record, personal_of(options));
    json["n"] = id_of(found.record);
    return json;
}

}  // namespace

Result<LetterId> parse_letter_id(std::string_view text) {
    LetterId id;
    const char* end = text.data() + text.size();
    const auto partition = std::from_chars(text.data(), text.data() + text.size(), id.partition);
    const bool split = partition.ec == std::errc() && partition.ptr != end && *partition.ptr == ':';
    const auto offset = split ? std::from_chars(partition.ptr + 1, end, id.offset) : partition;
    if (!split || offset.ec != std::errc() || offset.ptr != end || id.partition < 0 || id.offset < 0)
        return rejected("expected N as the list shows it, PARTITION:OFFSET, got \"" + std::string(text) + "\"");
    return id;
}

Result<kafka::Record> replay_of(const DeadLetter& letter, std::string_view id, bool force) {
    const std::string& topic = letter.topic();
    if (topic.empty())
        return rejected(
            fmt::format("dead letter {}: it never was a record; what the system sent is read again by "
                        "shopwire sync",
                        id));
    const bool inner = topic.starts_with("shopwire.internal.");
    const bool taken = topic.starts_with("shopwire.events.") || topic.starts_with("shopwire.commands.") || inner ||
                       topic == events::result_topic();
    if (!taken) return rejected(fmt::format("dead letter {}: {} is no topic that is read", id, topic));
    if (inner && !force)
        return rejected(
            fmt::format("dead letter {}: {} has no versions, so an old record may undo a newer one; touch "
                        "the order or the article at its source instead, or give --force",
                        id, topic));
    kafka::Record record{.topic = topic, .partition = letter.partition(), .key = letter.key(), .value = letter.value()};
    for (const auto& [name, value] : letter.headers())
        if (name != kReplayHeader) record.headers.emplace_back(name, value);
    record.headers.emplace_back(kReplayHeader, id);
    return record;
}

Status list_dead_letters(const DeadLettersOptions& options, std::ostream& out) {
    const Result<std::int64_t> since = parse_since(options.since, system_clock().now_ms());
    if (!since) return std::unexpected(since.error());
    Result<TopicScan> scan = open(options);
    if (!scan) return std::unexpected(scan.error());
    std::multimap<std::int64_t, Found> by_time;
    std::size_t left_out = 0;
    const auto read =
        scan->read(scan->partitions_of({events::dead_letter_topic()}), *since, [&](const kafka::Record& record) {
            Found found{.record = record};
            if (!record.value || !found.letter.ParseFromString(*record.value) || !fits(options, found.letter)) return;
            const std::int64_t failed_at_ms = found.letter.failed_at_ms();
            by_time.emplace(failed_at_ms, std::move(found));
            if (by_time.size() <= options.limit) return;
            by_time.erase(by_time.begin());
            ++left_out;
        });
    if (!read) return std::unexpected(read.error());
    std::deque<Found> letters;
    for (auto& [time_ms, found] : by_time) letters.push_back(std::move(found));
    if (options.reach.json) {
        Json all = Json::array();
        for (const Found& found : letters) all.push_back(json_of(found, options));
        out << all.dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    } else {
        print_table(letters, options, out);
    }
    if (left_out > 0) std::cerr << left_out << " older ones are left out (--limit)\n";
    return {};
}

Status show_dead_letters(const DeadLettersOptions& options, std::ostream& out) {
    Result<TopicScan> scan = open(options);
    if (!scan) return std::unexpected(scan.error());
    for (const std::string& id : options.ids) {
        const Result<Found> found = find(*scan, id);
        if (!found) return std::unexpected(found.error());
        out << json_of(*found, options).dump(2, ' ', false, Json::error_handler_t::replace) << '\n';
    }
    return {};
}

Status replay_dead_letters(const DeadLettersOptions& options, std::ostream& out) {
    const Result<Reach> reach = reach_of(options.reach);
    if (!reach) return std::unexpected(reach.error());
    Result<TopicScan> scan = TopicScan::open(reach->kafka);
    if (!scan) return std::unexpected(scan.error());
    std::vector<kafka::Record> records;  // nothing is sent before all of them are found to be good
    for (const std::string& id : options.ids) {
        const Result<Found> found = find(*scan, id);
        if (!found) return std::unexpected(found.error());
        Result<kafka::Record> record = replay_of(found->letter, id, options.force);
        if (!record) return std::unexpected(record.error());
        if (scan->partitions_of({record->topic}, record->partition).empty())
            return rejected(
                fmt::format("dead letter {}: there is no {}[{}] here", id, record->topic, record->partition));
        records.push_back(*std::move(record));
    }
    auto producer = kafka::Producer::create(reach->kafka, {});
    if (!producer) return std::unexpected(producer.error());
    // No transaction: some may have gone out.  To replay those again does no harm, as the README says.
    if (Status sent = (*producer)->send_all(records, {}); !sent)
        return within(
            records.size() == 1 ? "replaying" : "replaying, and some of them may have been sent: replay all again",
            sent.error());
    if (options.reach.json) {
        out << Json{{"replayed", options.ids}}.dump() << '\n';
        return {};
    }
    for (std::size_t i = 0; i < records.size(); ++i)
        out << "replayed " << options.ids[i] << " to " << records[i].topic << '[' << records[i].partition << "]\n";
    return {};
}

void add_dead_letters_command(CLI::App& app, int& exit_code) {
    const auto options = std::make_shared<DeadLettersOptions>();  // the callbacks outlive this function
    CLI::App* letters = app.add_subcommand("deadletters", "Records that were set aside with their bytes");
    letters->require_subcommand(1);
    const auto personal = [&options](CLI::App* command) {
        command->add_flag("--personal", options->personal, "Show personal data, which is masked otherwise");
    };
    CLI::App* list = letters->add_subcommand("list", "Show them, oldest first");
    add_reach_options(*list, options->reach);
    list->add_option("--merchant", options->filter.merchant, "Of this merchant");
    list->add_option("--connection", options->filter.connection, "Of this connection");
    list->add_option("--key", options->filter.key, "Whose record key contains this");
    list->add_option("--stage", options->stage, "Where it failed: webhook, read, decode, map, apply");
    list->add_option("--since", options->since, "From here on: 12h, 7d or a time in UTC")->capture_default_str();
    list->add_option("--limit", options->limit, "The newest so many")
        ->check(CLI::Range(std::size_t{1}, std::size_t{10'000}))
        ->capture_default_str();
    personal(list);
    list->footer("Example:\n  shopwire deadletters list --config config --stage apply --since 1d");
    list->callback([options, &exit_code] {
        exit_code = exit_code_of("deadletters list", list_dead_letters(*options, std::cout));
    });
    CLI::App* show = letters->add_subcommand("show", "Show one as JSON, with the record inside");
    add_reach_options(*show, options->reach);
    show->add_option("n", options->ids, "PARTITION:OFFSET, as the list shows it")->required();
    personal(show);
    show->footer("Example:\n  shopwire deadletters show 2:17 --config config");
    show->callback([options, &exit_code] {
        exit_code = exit_code_of("deadletters show", show_dead_letters(*options, std::cout));
    });
    CLI::App* replay = letters->add_subcommand("replay", "Send the record again, as it was, to where it was");
    add_reach_options(*replay, options->reach);
    replay
        ->add_option("n", options->ids,
                     "PARTITION:OFFSET, as the list shows it; of several none is sent when one cannot be")
        ->required();
    replay->add_flag("--force", options->force, "Also what the router told itself, whatever came since");
    replay->footer("Example:\n  shopwire deadletters replay 2:17 2:18 --config config");
    replay->callback([options, &exit_code] {
        exit_code = exit_code_of("deadletters replay", replay_dead_letters(*options, std::cout));
    });
}

}  // namespace shopwire::cli
