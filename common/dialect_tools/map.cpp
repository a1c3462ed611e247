#include <fmt/format.h>

#include "common/dialect_tools/bench.h"
#include "common/dialect_tools/coverage.h"

namespace shopwire::dialect_tools {
namespace {

// As text for people: which class of failure an answer is.
std::string_view word_of(dialect::FailureClass reason) {
    using enum dialect::FailureClass;
    switch (reason) {
        case kTransient: return "transient";
        case kRejected: return "rejected";
        case kNotFound: return "not_found";
        case kDuplicate: return "duplicate";
        case kAuth: return "auth";
        case kConfig: return "config";
        case kRateLimited: return "rate_limited";
    }
    return "";
}

int failed(const dialect::Failure& failure, std::ostream& notes) {
    notes << failure.error.with_words() << "\njudged as " << word_of(failure.reason)
          << (failure.code.empty() ? std::string() : " by the code " + failure.code) << '\n';
    return kMistake;
}

struct Reading {
    Coverage coverage;
    std::ostream& out;
    std::ostream& notes;
    std::size_t count = 0, refused = 0;

    void take(const Result<std::string>& value) {
        ++count;
        const Result<json::Document> document = value ? json::Document::parse(*value) : std::unexpected(value.error());
        if (!document) {
            ++refused;
            notes << "record " << count << ": " << document.error().message << '\n';
            return;
        }
        out << *value << '\n';
        coverage.add(document->root());
    }

    // What the connector cannot do without.
    int verdict() const {
        bool lacks = refused > 0;
        const std::vector<Coverage::Row> rows = coverage.rows();
        print(rows, "", notes);
        for (const Coverage::Row& row : rows) lacks = lacks || row.lacks();
        return lacks ? kMistake : kGood;
    }
};

int map_list(const Bench& bench, const OfflineOptions& options, Reading& reading) {
    const auto page = bench.engine().page(bench.call(options.operation, options.input), {});
    if (!page) return failed(page.error(), reading.notes);
    for (const dialect::Record& record : page->records) reading.take(record.value);
    reading.notes << fmt::format("{}: {} records, {}{}\n", options.operation, reading.count,
                                 reading.refused > 0 ? fmt::format("{} of them not readable, ", reading.refused) : "",
                                 page->more ? "and another page follows" : "the last page");
    return reading.verdict();
}

int map_one(const Bench& bench, const OfflineOptions& options, Reading& reading) {
    const auto answer = bench.engine().call(bench.call(options.operation, options.input));
    if (!answer) return failed(answer.error(), reading.notes);
    reading.take(*answer);
    reading.notes << options.operation << ":\n";
    return reading.verdict();
}

}  // namespace

int map(const Kit& kit, const OfflineOptions& options, std::ostream& out, std::ostream& notes) {
    const dialect::OperationWords* words = words_of(kit, options.operation, notes);
    if (words == nullptr) return kFailed;
    std::optional<dialect::Dialect> dialect = load(kit, options.file, notes);
    if (!dialect) return kMistake;
    if (!dialect->operations.contains(options.operation)) {
        notes << "dialect " << dialect->name << " has no operation " << options.operation << ": " << words->lost
              << '\n';
        return kMistake;
    }
    OfflineOptions mine = options;
    if (mine.input.empty()) mine.input = words->input;
    const Bench bench(*std::move(dialect), kit, mine, {.status = options.status, .body = options.sample});
    Reading reading{.coverage = Coverage(*words), .out = out, .notes = notes};
    return bench.is_list(mine.operation) ? map_list(bench, mine, reading) : map_one(bench, mine, reading);
}

}  // namespace shopwire::dialect_tools
