#include "common/runtime/examination.h"

#include <utility>

#include "common/json/value.h"

namespace shopwire::runtime {
namespace {

void write(json::Writer& out, std::string_view name, const std::vector<std::string>& words) {
    out.key(name).begin_array();
    for (const std::string& word : words) out.string(word);
    out.end_array();
}

std::vector<std::string> words_in(json::Value array) {
    std::vector<std::string> words;
    words.reserve(array.size());
    for (std::size_t i = 0; i < array.size(); ++i) words.emplace_back(array.at(i).text());
    return words;
}

}  // namespace

std::string_view word_of(Finding::Grade grade) {
    switch (grade) {
        case Finding::Grade::kOk: return "ok";
        case Finding::Grade::kUnknown: return "unknown";
        case Finding::Grade::kWarning: return "warning";
        case Finding::Grade::kFault: return "fault";
    }
    std::unreachable();
}

std::string text_of(const Examination& examination) {
    json::Writer out;
    out.begin_object().key("findings").begin_array();
    for (const Finding& finding : examination.findings) {
        out.begin_object().key("check").string(finding.check).key("grade").string(word_of(finding.grade));
        out.key("what").string(finding.what).key("remedy").string(finding.remedy).end_object();
    }
    out.end_array().key("terms").begin_object();
    const Terms& terms = examination.terms;
    out.key("currency").string(terms.currency);
    if (terms.prices_include_tax) out.key("prices_include_tax").boolean(*terms.prices_include_tax);
    write(out, "statuses", terms.statuses);
    write(out, "payment_methods", terms.payment_methods);
    write(out, "tax_rates", terms.tax_rates);
    out.end_object().end_object();
    return out.take();
}

Terms terms_in(std::string_view json) {
    const Result<json::Document> document = json::Document::parse(json);
    if (!document) return {};
    const json::Value seen = document->root().member("seen");
    return {.statuses = words_in(seen.member("statuses")),
            .payment_methods = words_in(seen.member("payment_methods")),
            .tax_rates = words_in(seen.member("tax_rates"))};
}

}  // namespace shopwire::runtime
