// An order as a SORS document: lines, discounts, the total that SORS will compute.  Pure functions, thread-safe.
//
// Prices are sent with tax, whatever the shop's own basis: the order's total is what the customer pays, and amounts
// with tax at two decimals do not come back from amounts without (contract rules 6.1).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/core/error.h"
#include "services/sors/client.h"
#include "services/sors/config.h"
#include "shopwire/commands/v1/command.pb.h"

namespace shopwire::sors {

// One amount of the shop on its way to document lines.  All amounts with tax, two decimals.
struct Amount {
    std::string sku{};
    Decimal quantity{};
    Decimal before_discount{};
    Decimal after_discount{};
    std::optional<Decimal> vat_rate{};
};

// What the ERP makes of a line: unit x quantity x (1 - discount/100), half up to two decimals.
Decimal line_total(const DocumentLine& line);

// One or two lines whose totals are exactly `amount.after_discount`; off by cents only when splitting is off.
// The ladder of contract rules 7.2: percent, then the net unit price, then a split.
Result<std::vector<DocumentLine>> document_lines(const Amount& amount, const Settings& settings);

struct Draft {
    NewDocument document{};     // without its customer
    Decimal computed_total{};   // of the lines, as the ERP computes it
    Decimal expected_total{};   // of the order
    std::size_t lines_dropped = 0;
};

// What kind of document an order shall be, and how it is known.  `date` is the order's local date.
struct Asked {
    events::v1::DocumentType type = events::v1::DOCUMENT_TYPE_UNSPECIFIED;
    std::string external_number{};
    std::string date{};
};

// `unknown` are SKUs that SORS does not know, with settings.unknown_sku saying what becomes of them.
Result<Draft> make_draft(const events::v1::Order& order, const Asked& asked, const Settings& settings,
                         const std::vector<std::string>& unknown = {});

// Goods that come back, against the document with which they left.  `rest` is what the refund pays beyond them.
struct ReturnDraft {
    Draft draft{};
    Decimal rest{};
};
// No lines: nothing came back.  kRejected: the document holds no such article.
Result<ReturnDraft> make_return(const commands::v1::ExportRefund& command, const StoredDocument& base,
                                events::v1::DocumentType base_type, const std::string& date, const Settings& settings);
// All that is left of a document.  No lines: nothing is.  kRejected: SORS does not tell what came back already.
Result<Draft> void_return(const StoredDocument& base, events::v1::DocumentType base_type,
                          const std::string& external_number, const std::string& date);

// What an issued document holds more than the order does by now.  `left` is what remains of it then.
struct Surplus {
    Draft draft{};    // no lines: nothing
    Decimal left{};
    Decimal pieces{};  // that came back by then, with those before
    Decimal off{};     // the most by which the price of an article then differs from the order's
};
// kRejected: the order holds more of an article than was issued, or SORS does not tell what came back already.
Result<Surplus> surplus_return(const Draft& order, const StoredDocument& base, events::v1::DocumentType base_type,
                               const std::string& date);

// "exported with difference ..." when the totals differ by more than 0.01 for each line; empty when they agree.
std::string difference(const Draft& draft, Decimal total);

// Is the stored document ours?  Compares lines when SORS shows them, else the total.
bool same_content(const Draft& draft, const StoredDocument& stored, bool lines_known);

std::string_view type_text(events::v1::DocumentType type);  // "reservation"; empty when unspecified
bool moves_goods(events::v1::DocumentType type);            // so that something can come back

// At most `characters_max` code points, never half of one.
std::string cut(std::string_view text, int characters_max);

}  // namespace shopwire::sors
