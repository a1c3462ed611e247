#include <chrono>
#include <optional>

#include <fmt/format.h>

#include "common/config/installation.h"
#include "common/dialect_tools/bench.h"
#include "common/dialect_tools/coverage.h"
#include "common/exchanges/write_gate.h"

namespace shopwire::dialect_tools {
namespace {

using Kind = dialect::OperationWords::Kind;

struct Found {
    config::Node settings{};
    std::string id{};
};

// "erp" where one merchant has it, else "acme/erp".
std::optional<Found> find_connection(const Kit& kit, const ProbeOptions& options, std::ostream& out) {
    const config::Merchants loaded = config::load_merchants(options.config_folder);
    for (const auto& [file, problems] : loaded.problems)
        for (const config::Problem& problem : problems) out << config::format(problem) << '\n';
    std::optional<Found> found;
    std::string known;
    bool several = false;
    for (const auto& [name, merchant] : loaded.merchants) {
        for (const auto& [connection, settings] : merchant.connections) {
            if (settings.system != kit.system) continue;
            const std::string id = name + "/" + connection;
            known += (known.empty() ? "" : ", ") + id;
            if (options.connection != id && options.connection != connection) continue;
            several = found.has_value();
            found = Found{.settings = settings.settings, .id = id};
        }
    }
    if (found && !several) return found;
    out << fmt::format("expected one connection of {} ({}), got \"{}\"\n", kit.system, known.empty() ? "none" : known,
                       options.connection);
    return std::nullopt;
}

class Probe {
 public:
    Probe(const Kit& kit, const ProbeOptions& options, Opened opened, std::ostream& out)
        : kit_(kit),
          options_(options),
          inputs_(std::move(opened.inputs)),
          connection_(std::move(opened.connection)),
          remote_(http::curl_transport(std::move(opened.curl))),
          limiter_(http::RateLimiter::create(opened.limits, system_clock())),
          engine_(std::move(opened.dialect), std::move(opened.options), gate_, *limiter_, *metrics_, system_clock()),
          out_(out) {}

    int run() {
        for (const auto& [name, words] : kit_.vocabulary.operations)
            if (words.kind == Kind::kSession) one(name, words);
        for (const auto& [name, words] : kit_.vocabulary.operations)
            if (words.kind != Kind::kSession) one(name, words);
        return verdict_;
    }

 private:
    void one(const std::string& name, const dialect::OperationWords& words) {
        const auto skip = [&](std::string_view why) { out_ << fmt::format("{}: not called: {}\n", name, why); };
        if (words.kind == Kind::kWrite) return skip("it writes");
        if (!engine_.can(name)) return skip("the dialect has none: " + words.lost);
        std::string input = session_;
        for (const auto* given : {&inputs_, &options_.inputs})
            if (const auto found = given->find(name); found != given->end()) input = merged(input, found->second);
        if (const std::string needed = lacking(words, input); !needed.empty())
            return skip(fmt::format("it needs {} (--input '{}={}')", needed, name, words.input));
        call(name, words, input);
    }

    // What the example of its input has and this one has not.
    static std::string lacking(const dialect::OperationWords& words, std::string_view input) {
        const Result<json::Document> example = json::Document::parse(words.input);
        const Result<json::Document> given = json::Document::parse(input);
        std::string out;
        for (std::size_t i = 0; example && i < example->root().size(); ++i) {
            const std::string_view name = example->root().member_at(i).first;
            if (!given || !given->root().has(name)) out += (out.empty() ? "" : ", ") + std::string(name);
        }
        return out;
    }

    void call(const std::string& name, const dialect::OperationWords& words, const std::string& input) {
        const dialect::Call call{.operation = name, .input = input, .connection = connection_};
        const Clock::Monotonic begin = system_clock().monotonic();
        Coverage coverage(words);
        std::size_t count = 0, refused = 0;
        bool more = false;
        std::optional<Error> error;
        const auto take = [&](const Result<std::string>& value) {
            ++count;
            const Result<json::Document> document =
                value ? json::Document::parse(*value) : std::unexpected(value.error());
            if (!document) return void(++refused);
            coverage.add(document->root());
            if (words.kind == Kind::kSession) session_ = merged(session_, *value);
        };
        if (engine_.dialect().operations.at(name).records) {
            const auto page = engine_.page(call, {});
            if (page)
                for (const dialect::Record& record : page->records) take(record.value);
            else
                error = page.error().error;
            more = page && page->more;
        } else if (const auto answer = engine_.call(call); answer) {
            take(*answer);
        } else {
            error = answer.error().error;
        }
        const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(system_clock().monotonic() - begin);
        if (error) {
            verdict_ = kFailed;
            out_ << fmt::format("{}: {} ({} ms)\n", name, error->with_words(), took.count());
            return;
        }
        out_ << fmt::format("{}: {} in {} ms{}{}\n", name, count == 1 ? "1 record" : fmt::format("{} records", count),
                            took.count(), refused > 0 ? fmt::format(", {} of them not readable", refused) : "",
                            more ? ", another page follows" : "");
        const std::vector<Coverage::Row> rows = coverage.rows();
        if (count > refused) print(rows, "  ", out_);
        for (const Coverage::Row& row : rows)
            if ((row.lacks() || refused > 0) && verdict_ == kGood) verdict_ = kMistake;
    }

    const Kit& kit_;
    const ProbeOptions& options_;
    const std::map<std::string, std::string> inputs_;
    const std::string connection_;
    const std::unique_ptr<http::Transport> remote_;
    exchanges::WriteGate gate_{*remote_, reads_of(kit_.vocabulary)};
    const std::unique_ptr<metrics::Registry> metrics_ = metrics::Registry::create();
    const std::unique_ptr<http::RateLimiter> limiter_;
    const dialect::Engine engine_;
    std::ostream& out_;
    std::string session_ = "{}";
    int verdict_ = kGood;
};

}  // namespace

std::function<bool(const http::Request&)> reads_of(const dialect::Vocabulary& vocabulary) {
    return [&vocabulary](const http::Request& request) {
        const bool asks = exchanges::reads_by_method(request) || request.method == "POST";
        return asks && vocabulary.reads(request.operation);
    };
}

int probe(const Kit& kit, const ProbeOptions& options, std::ostream& out) {
    const std::optional<Found> found = find_connection(kit, options, out);
    if (!found) return kFailed;
    config::Problems problems;
    std::optional<Opened> opened = kit.open(found->settings, problems);
    for (const config::Problem& problem : problems) out << config::format(problem) << '\n';
    if (!opened) return kMistake;
    out << "probing " << found->id << " with dialect " << opened->dialect.name << '\n';
    return Probe(kit, options, *std::move(opened), out).run();
}

}  // namespace shopwire::dialect_tools
