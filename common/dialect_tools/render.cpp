#include "common/dialect_tools/bench.h"
#include "common/exchanges/mask.h"
#include "common/exchanges/text.h"

namespace shopwire::dialect_tools {

int render(const Kit& kit, const OfflineOptions& options, std::ostream& out) {
    const dialect::OperationWords* words = words_of(kit, options.operation, out);
    if (words == nullptr) return kFailed;
    std::optional<dialect::Dialect> dialect = load(kit, options.file, out);
    if (!dialect) return kMistake;
    if (!dialect->operations.contains(options.operation)) {
        out << "dialect " << dialect->name << " has no operation " << options.operation << ": " << words->lost << '\n';
        return kMistake;
    }
    // An answer that says nothing: what is wanted is the request.
    const Bench bench(*std::move(dialect), kit, options, {.status = 200});
    const dialect::Call call = bench.call(options.operation, options.sample.empty() ? words->input : options.sample);
    Error why{};
    if (bench.is_list(options.operation)) {
        if (auto page = bench.engine().page(call, {}); !page) why = page.error().error;
    } else if (auto answer = bench.engine().call(call); !answer) {
        why = answer.error().error;
    }
    if (bench.remote().requests().empty()) {
        out << why.message << '\n';
        return kMistake;
    }
    // The input is the caller's own; only secrets go.
    const exchanges::Mask mask(kit.words, exchanges::Mask::Personal::kShown);
    const http::Request request = mask.request(bench.remote().requests().front());
    if (options.json) {
        json::Writer writer;
        writer.begin_object();
        exchanges::write_request(writer, request);
        writer.end_object();
        out << writer.take() << '\n';
    } else {
        out << exchanges::text_of(request);
    }
    return kGood;
}

}  // namespace shopwire::dialect_tools
