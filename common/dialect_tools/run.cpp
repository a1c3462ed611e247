// The command line of the dialect tools.
#include <CLI/CLI.hpp>
#include <csignal>
#include <fstream>
#include <iostream>
#include <iterator>

#include <fmt/format.h>

#include "common/dialect_tools/tools.h"
#include "common/json/value.h"
#include "common/log/log.h"

namespace shopwire::dialect_tools {
namespace {

constexpr std::size_t kSampleBytesMax = json::kBytesMax;

// "-" is the standard input.
Result<std::string> text_of_file(const std::string& file) {
    std::ifstream stream;
    if (file != "-") stream.open(file, std::ios::binary);
    std::istream& in = file == "-" ? std::cin : stream;
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (file != "-" && !stream.is_open()) return rejected(file + ": expected a readable file");
    if (text.size() > kSampleBytesMax) return rejected(file + ": expected at most 32 MB");
    return text;
}

Status check_object(const std::string& what, const std::string& text) {
    const Result<json::Document> document = json::Document::parse(text);
    if (!document) return within(what, document.error());
    if (!document->root().is_object()) return rejected(what + ": expected a JSON object");
    return {};
}

// "name=value" of an option that may come several times.
Result<std::map<std::string, std::string>> pairs(const std::vector<std::string>& list, std::string_view option,
                                                 bool json) {
    std::map<std::string, std::string> out;
    for (const std::string& item : list) {
        const std::size_t equals = item.find('=');
        if (equals == std::string::npos || equals == 0)
            return rejected(fmt::format("{}: expected NAME=VALUE, got \"{}\"", option, item));
        const std::string value = item.substr(equals + 1);
        if (json)
            if (Status ok = check_object(fmt::format("{} {}", option, item.substr(0, equals)), value); !ok)
                return std::unexpected(std::move(ok.error()));
        out[item.substr(0, equals)] = value;
    }
    return out;
}

struct Words {
    OfflineOptions offline{};
    ProbeOptions probe{};
    std::string sample_file{};
    std::string since{};
    std::vector<std::string> settings{}, inputs{};
};

int told(const Error& error) {
    std::cerr << error.message << '\n';
    return kFailed;
}

// Fills what stands in files and texts; then `tool` does the work.
template <class Tool>
int offline(Words& words, bool must_sample, const Kit& kit, const Tool& tool) {
    auto settings = pairs(words.settings, "--set", false);
    if (!settings) return told(settings.error());
    words.offline.settings = *std::move(settings);
    for (const auto& [name, value] : words.offline.settings)
        if (std::ranges::find(kit.vocabulary.settings, name) == kit.vocabulary.settings.end())
            return told({.kind = ErrorKind::kRejected,
                         .message = fmt::format("--set: no setting is called \"{}\"; there are {}", name,
                                                fmt::join(kit.vocabulary.settings, ", "))});
    if (!words.since.empty()) {
        const Result<std::int64_t> since = parse_utc(words.since);
        if (!since) return told(since.error());
        words.offline.since_ms = *since;
    }
    if (!words.sample_file.empty()) {
        Result<std::string> sample = text_of_file(words.sample_file);
        if (!sample) return told(sample.error());
        words.offline.sample = *std::move(sample);
    }
    if (!must_sample && !words.offline.sample.empty())
        if (Status ok = check_object("--sample", words.offline.sample); !ok) return told(ok.error());
    return tool(words.offline);
}

void add_offline_options(CLI::App& command, Words& words) {
    command.add_option("file", words.offline.file, "The dialect: a file, or the name of a built-in one")->required();
    command.add_option("--operation", words.offline.operation, "Of the dialect")->required();
    command.add_option("--set", words.settings, "NAME=VALUE: a setting of the connection, over the example's");
}

void add_commands(CLI::App& app, Words& words, const Kit& kit, int& exit_code) {
    CLI::App* one = app.add_subcommand("check", "Check a dialect file as a whole; list what it cannot do");
    one->add_option("file", words.offline.file, "The dialect: a file, or the name of a built-in one")->required();
    one->callback([&] { exit_code = check(kit, words.offline.file, std::cout); });

    one = app.add_subcommand("example", "Print an example of what an operation is called with, for render --sample");
    one->add_option("operation", words.offline.operation, "The operation")->required();
    one->callback([&] { exit_code = example(kit, words.offline.operation, std::cout); });

    one = app.add_subcommand("map", "Read a sample answer: canonical records, and in how many each field was found");
    add_offline_options(*one, words);
    one->add_option("--sample", words.sample_file, "File with the system's answer; - is the standard input")
        ->required();
    one->add_option("--status", words.offline.status, "HTTP status of the answer")->capture_default_str();
    one->callback([&] {
        exit_code = offline(words, true, kit,
                            [&](const OfflineOptions& options) { return map(kit, options, std::cout, std::cerr); });
    });

    one = app.add_subcommand("render", "Print the request that an operation would send; nothing is sent");
    add_offline_options(*one, words);
    one->add_option("--sample", words.sample_file,
                    "File with what the operation is called with (see example); - is the standard input");
    one->add_option("--since", words.since, "UTC time: as if changes since then were asked for");
    one->add_option("--base-url", words.offline.base_url, "Default: the file's");
    one->add_flag("--json", words.offline.json, "One JSON object");
    one->callback([&] {
        exit_code =
            offline(words, false, kit, [&](const OfflineOptions& options) { return render(kit, options, std::cout); });
    });

    one = app.add_subcommand("probe", "Call the reading operations of a connection, the first page of each");
    one->add_option("connection", words.probe.connection, "MERCHANT/CONNECTION")->required();
    one->add_option("--config", words.probe.config_folder, "Folder with installation.yaml and merchants/")
        ->envname("SHOPWIRE_CONFIG")
        ->required();
    one->add_option("--input", words.inputs, "OPERATION=JSON: what to call it with");
    one->callback([&] {
        auto inputs = pairs(words.inputs, "--input", true);
        if (!inputs) return void(exit_code = told(inputs.error()));
        words.probe.inputs = *std::move(inputs);
        exit_code = probe(kit, words.probe, std::cout);
    });
}

}  // namespace

int run(int argc, char** argv, const Kit& kit) {
    log::configure(log::Level::kError, log::Format::kText, "dialect");
    CLI::App app("Tools for the dialects of " + std::string(kit.system),
                 "shopwire-" + std::string(kit.system) + " dialect");
    app.require_subcommand(1);
    app.footer("Exit code: 0 good, 2 the dialect has a mistake, 1 it could not be tried.");
    Words words;
    int exit_code = kGood;
    add_commands(app, words, kit, exit_code);
    CLI11_PARSE(app, argc, argv);
    return exit_code;
}

}  // namespace shopwire::dialect_tools
