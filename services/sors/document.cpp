#include "services/sors/document.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "common/core/optional.h"
#include "common/events/codec.h"

namespace shopwire::sors {
namespace {

using commands::v1::ExportRefund;
using events::from_proto;

constexpr int kLinesMax = 500;       // of one document (WIRE.md, create_document)
constexpr int kMoneyDecimals = 2;
const Decimal kCent = Decimal::from_micros(10'000);
const Decimal kHundred = Decimal::from_integer(100);
const Decimal kPiece = Decimal::from_integer(1);
const Decimal kNoTotal = Decimal::from_micros(-1);  // equals no amount of a shop

Decimal money(Decimal value) { return value.rounded(kMoneyDecimals); }

Decimal with_tax(const events::v1::Decimal& amount, const events::v1::Decimal& tax) {
    return money(from_proto(amount) + from_proto(tax));
}

bool fits(const DocumentLine& line, Decimal total) { return line_total(line) == total; }

Decimal size_of(Decimal value) { return value.is_negative() ? -value : value; }

// All but one piece at the rounded price, and one that carries the rest.
Result<std::vector<DocumentLine>> split(const Amount& amount) {
    DocumentLine most{.sku = amount.sku, .quantity = amount.quantity - kPiece, .vat_rate = amount.vat_rate};
    Result<Decimal> unit = divide(amount.after_discount, amount.quantity, kMoneyDecimals);
    if (!unit) return within("splitting a line", std::move(unit.error()));
    most.unit_price = *unit;
    if (line_total(most) > amount.after_discount) most.unit_price -= kCent;  // the rest must not be negative
    DocumentLine last{.sku = amount.sku, .quantity = kPiece, .vat_rate = amount.vat_rate};
    last.unit_price = amount.after_discount - line_total(most);
    return std::vector<DocumentLine>{std::move(most), std::move(last)};
}

// The shop rounds tax per line, so its lines may miss its own total by cents: the largest line takes them.
void settle_cents(std::vector<Amount>& amounts, Decimal total) {
    Decimal sum;
    for (const Amount& amount : amounts) sum += amount.after_discount;
    const Decimal rest = total - sum;
    const Decimal allowed = Decimal::from_micros(kCent.micros() * static_cast<std::int64_t>(amounts.size()));
    if (rest.is_zero() || amounts.empty() || size_of(rest) > allowed) return;
    Amount& largest = *std::max_element(amounts.begin(), amounts.end(), [](const Amount& left, const Amount& right) {
        return left.after_discount < right.after_discount;
    });
    if ((largest.after_discount + rest).is_negative()) return;
    const bool discounted = largest.before_discount != largest.after_discount;
    largest.after_discount += rest;
    if (!discounted) largest.before_discount = largest.after_discount;
}

void add_sentence(std::string& note, const std::string& sentence) {
    if (sentence.empty()) return;
    if (!note.empty()) note += "; ";
    note += sentence;
}

// Gathers the amounts of one order; what cannot be a line goes to the note.
class Collector {
 public:
    Collector(const Settings& settings, const std::vector<std::string>& unknown)
        : settings_(settings), unknown_(unknown) {}

    Status add(const events::v1::OrderLine& line) {
        Amount amount{.sku = line.sku(),
                      .quantity = from_proto(line.quantity()),
                      .before_discount = with_tax(line.subtotal(), line.subtotal_tax()),
                      .after_discount = with_tax(line.total(), line.total_tax())};
        if (line.has_vat_rate()) amount.vat_rate = from_proto(line.vat_rate());
        if (settings_.drop_zero_lines && amount.before_discount.is_zero() && amount.after_discount.is_zero()) return {};
        if (amount.quantity <= Decimal{}) return rejected("line " + line.native_id() + ": quantity is not above zero");
        if (amount.after_discount.is_negative()) return rejected("line " + line.native_id() + ": amount is negative");
        const bool known =
            !amount.sku.empty() && std::find(unknown_.begin(), unknown_.end(), amount.sku) == unknown_.end();
        if (known) {
            amounts.push_back(std::move(amount));
            return {};
        }
        const std::string name = amount.sku.empty() ? "line " + line.native_id() + " without SKU" : "SKU " + amount.sku;
        if (settings_.unknown_sku == "reject") return rejected(name + " is not known to SORS");
        add_sentence(remarks, amount.quantity.text() + " x " + (amount.sku.empty() ? line.name() : amount.sku));
        if (settings_.unknown_sku == "skip_line") {
            ++dropped;
            return {};
        }
        amount.sku = settings_.generic_article_code;
        amounts.push_back(std::move(amount));
        return {};
    }

    Status add_charge(const events::v1::OrderCharge& charge, const std::string& article, std::string_view what) {
        const Decimal total = with_tax(charge.total(), charge.total_tax());
        if (total.is_zero()) return {};
        if (!article.empty() && !total.is_negative()) {
            amounts.push_back({.sku = article, .quantity = kPiece, .before_discount = total, .after_discount = total});
            return {};
        }
        if (settings_.on_missing_service_article == "put_in_note") {
            add_sentence(remarks, charge.name() + " " + total.text(kMoneyDecimals));
            ++dropped;
            return {};
        }
        if (total.is_negative()) return rejected(std::string(what) + " is negative, which a document line cannot be");
        return rejected(std::string(what) + " has no service article: set " + std::string(what) + "_article_code");
    }

    std::vector<Amount> amounts{};
    std::string remarks{};
    std::size_t dropped = 0;

 private:
    const Settings& settings_;
    const std::vector<std::string>& unknown_;
};

// Zero must not stand for what nobody tells: pieces would come back twice.
Status tells_returned(const StoredDocument& base) {
    for (const DocumentLine& line : base.lines)
        if (!line.returned) return rejected("SORS does not tell what came back of \"" + line.sku + "\" already");
    return {};
}

Status add_lines(Draft& draft, const Amount& amount, const Settings& settings) {
    Result<std::vector<DocumentLine>> made = document_lines(amount, settings);
    if (!made) return within(amount.sku, std::move(made.error()));
    for (DocumentLine& line : *made) {
        draft.computed_total += line_total(line);
        draft.document.lines.push_back(std::move(line));
    }
    return {};
}

}  // namespace

Decimal line_total(const DocumentLine& line) {
    // Two decimals of price, three of quantity, four of percent: both products below are exact, one rounding ends them.
    const Result<Decimal> full = multiply(line.unit_price, line.quantity, Decimal::kDecimals);
    const Result<Decimal> share = divide(kHundred - line.discount_percent, kHundred, Decimal::kDecimals);
    if (!full || !share) return kNoTotal;
    return multiply(*full, *share, kMoneyDecimals).value_or(kNoTotal);
}

Result<std::vector<DocumentLine>> document_lines(const Amount& amount, const Settings& settings) {
    Result<Decimal> unit = divide(amount.before_discount, amount.quantity, kMoneyDecimals);
    Result<Decimal> net_unit = divide(amount.after_discount, amount.quantity, kMoneyDecimals);
    if (!unit) return within("computing a unit price", std::move(unit.error()));
    if (!net_unit) return within("computing a unit price", std::move(net_unit.error()));
    DocumentLine line{.sku = amount.sku, .quantity = amount.quantity, .unit_price = *unit, .vat_rate = amount.vat_rate};
    const Decimal full = line_total(line);
    if (fits(line, amount.after_discount)) return std::vector{line};
    if (full > amount.after_discount) {
        // A share with d + 2 decimals is a percentage with d.
        const Result<Decimal> share = divide(amount.after_discount, full, settings.discount_decimals + 2);
        if (share) {
            line.discount_percent = kHundred - multiply(*share, kHundred, Decimal::kDecimals).value_or(kHundred);
            if (fits(line, amount.after_discount)) return std::vector{line};
        }
    }
    DocumentLine net{
        .sku = amount.sku, .quantity = amount.quantity, .unit_price = *net_unit, .vat_rate = amount.vat_rate};
    if (fits(net, amount.after_discount)) return std::vector{net};
    if (settings.split_lines && amount.quantity > kPiece) return split(amount);
    return std::vector{full > amount.after_discount ? line : net};
}

Result<Draft> make_draft(const events::v1::Order& order, const Asked& asked, const Settings& settings,
                         const std::vector<std::string>& unknown) {
    const std::string_view type = type_text(asked.type);
    if (type.empty() || asked.type == events::v1::DOCUMENT_TYPE_RETURN)
        return rejected("an order is no document of that type");
    if (asked.external_number.empty()) return rejected("the command has no external number");
    if (std::find(settings.currencies.begin(), settings.currencies.end(), order.currency()) ==
        settings.currencies.end())
        return rejected("currency " + order.currency() + " is not among the connection's currencies");

    Collector lines(settings, unknown);
    for (const auto& line : order.lines())
        if (Status ok = lines.add(line); !ok) return std::unexpected(std::move(ok.error()));
    for (const auto& charge : order.shipping())
        if (Status ok = lines.add_charge(charge, settings.shipping_article_code, "shipping"); !ok)
            return std::unexpected(std::move(ok.error()));
    for (const auto& charge : order.fees())
        if (Status ok = lines.add_charge(charge, settings.fee_article_code, "fee"); !ok)
            return std::unexpected(std::move(ok.error()));
    if (lines.amounts.empty()) return rejected("the order has no line that SORS could take");

    Draft draft{.expected_total = from_proto(order.total()), .lines_dropped = lines.dropped};
    if (lines.dropped == 0) settle_cents(lines.amounts, draft.expected_total);
    NewDocument& document = draft.document;
    document.type = type;
    document.external_number = asked.external_number;
    document.date = asked.date;
    document.currency = order.currency();
    document.payment_method = order.payment_method();
    for (const Amount& amount : lines.amounts)
        if (Status ok = add_lines(draft, amount, settings); !ok) return std::unexpected(std::move(ok.error()));
    if (document.lines.size() > kLinesMax) return rejected("more than " + std::to_string(kLinesMax) + " lines");
    std::string note = lines.remarks;
    add_sentence(note,
                 order.personal().clear().note());  // ours first: a long note of the customer's must not push it out
    document.note = cut(note, settings.note_max_length);
    return draft;
}

Result<ReturnDraft> make_return(const ExportRefund& command, const StoredDocument& base,
                                events::v1::DocumentType base_type, const std::string& date, const Settings& settings) {
    const events::v1::Refund& refund = command.refund();
    ReturnDraft out{.rest = from_proto(refund.amount())};
    NewDocument& document = out.draft.document;
    document = {.type = std::string(type_text(events::v1::DOCUMENT_TYPE_RETURN)),
                .external_number = command.external_number(),
                .date = date,
                .currency = base.currency,
                .note = cut(refund.reason(), settings.note_max_length),
                .customer = base.customer};
    if (!refund.restocked()) return out;
    for (const auto& line : refund.lines()) {
        const Decimal quantity = from_proto(line.quantity());
        if (quantity <= Decimal{}) continue;  // an amount without pieces
        // In the document's own spelling; without its lines SORS itself judges.
        const auto same = [&line](const DocumentLine& stored) {
            return events::fold_sku(stored.sku) == events::fold_sku(line.sku());
        };
        const auto left = std::find_if(base.lines.begin(), base.lines.end(), same);
        if (line.sku().empty() || (left == base.lines.end() && !base.lines.empty()))
            return rejected("document " + base.number + " holds no article \"" + line.sku() + "\"");
        const Decimal total = with_tax(line.total(), line.total_tax());
        const Amount amount{.sku = base.lines.empty() ? line.sku() : left->sku,
                            .quantity = quantity,
                            .before_discount = total,
                            .after_discount = total,
                            .vat_rate = base.lines.empty() ? std::nullopt : left->vat_rate};
        if (Status ok = add_lines(out.draft, amount, settings); !ok) return std::unexpected(std::move(ok.error()));
        out.rest -= total;
        out.draft.expected_total += total;
    }
    for (DocumentLine& line : document.lines) {
        line.base_type = type_text(base_type);
        line.base_id = base.id;
    }
    return out;
}

Result<Draft> void_return(const StoredDocument& base, events::v1::DocumentType base_type,
                          const std::string& external_number, const std::string& date) {
    if (Status ok = tells_returned(base); !ok) return std::unexpected(std::move(ok.error()));
    Draft draft;
    draft.document = {.type = std::string(type_text(events::v1::DOCUMENT_TYPE_RETURN)),
                      .external_number = external_number,
                      .date = date,
                      .currency = base.currency,
                      .customer = base.customer};
    for (DocumentLine line : base.lines) {
        line.quantity -= taken(line.returned);
        if (line.quantity <= Decimal{}) continue;
        line.base_type = type_text(base_type);
        line.base_id = base.id;
        draft.computed_total += line_total(line);
        draft.document.lines.push_back(std::move(line));
    }
    draft.expected_total = draft.computed_total;
    return draft;
}

Result<Surplus> surplus_return(const Draft& order, const StoredDocument& base, events::v1::DocumentType base_type,
                               const std::string& date) {
    if (Status ok = tells_returned(base); !ok) return std::unexpected(std::move(ok.error()));
    std::map<std::string, Decimal> wanted;
    std::map<std::string, Decimal> prices;  // what the order asks for each article
    for (const DocumentLine& line : order.document.lines) {
        wanted[events::fold_sku(line.sku)] += line.quantity;
        prices[events::fold_sku(line.sku)] += line_total(line);
    }
    Surplus out;
    out.draft.document = {.type = std::string(type_text(events::v1::DOCUMENT_TYPE_RETURN)),
                          .date = date,
                          .currency = base.currency,
                          .customer = base.customer};
    for (DocumentLine line : base.lines) {
        const Decimal returned = taken(line.returned);
        Decimal& still = wanted[events::fold_sku(line.sku)];
        const Decimal kept = std::min(line.quantity - returned, still);
        still -= kept;
        const Decimal back = line.quantity - returned - kept;
        out.pieces += returned + back;
        line.quantity = kept;
        out.left += line_total(line);
        prices[events::fold_sku(line.sku)] -= line_total(line);
        if (back <= Decimal{}) continue;
        line.quantity = back;
        line.base_type = type_text(base_type);
        line.base_id = base.id;
        out.draft.computed_total += line_total(line);
        out.draft.document.lines.push_back(std::move(line));
    }
    for (const auto& [sku, more] : wanted)
        if (more > Decimal{}) return rejected("the order holds more of \"" + sku + "\" than was issued");
    for (const auto& [sku, off] : prices) out.off = std::max(out.off, size_of(off));
    out.draft.expected_total = out.draft.computed_total;
    return out;
}

std::string difference(const Draft& draft, Decimal total) {
    const Decimal off = total - draft.expected_total;
    const auto lines = static_cast<std::int64_t>(draft.document.lines.size());
    // What SORS cannot show, as a third decimal of a dinar of Kuwait, is no matter of rounding.
    const bool shown = draft.expected_total == money(draft.expected_total);
    const auto text_of = [](Decimal amount) {
        return amount == money(amount) ? amount.text(kMoneyDecimals) : amount.text();
    };
    std::string text;
    if (size_of(off) > Decimal::from_micros(kCent.micros() * lines) || (!shown && !off.is_zero()))
        text = "exported with difference " + text_of(off) + ": SORS has " + text_of(total) + ", the order " +
               text_of(draft.expected_total);
    if (draft.lines_dropped > 0)
        add_sentence(text, "exported without " + std::to_string(draft.lines_dropped) + " lines");
    return text;
}

bool same_content(const Draft& draft, const StoredDocument& stored, bool lines_known) {
    if (!lines_known) return stored.total == draft.computed_total;
    using Key = std::tuple<std::string, Decimal, Decimal, Decimal>;
    const auto keys = [](const std::vector<DocumentLine>& lines) {
        std::vector<Key> out;
        out.reserve(lines.size());
        for (const DocumentLine& line : lines)
            out.emplace_back(events::fold_sku(line.sku), line.quantity, line.unit_price, line.discount_percent);
        std::sort(out.begin(), out.end());
        return out;
    };
    return keys(draft.document.lines) == keys(stored.lines);
}

std::string_view type_text(events::v1::DocumentType type) {
    switch (type) {
        case events::v1::DOCUMENT_TYPE_INVOICE: return "invoice";
        case events::v1::DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE: return "invoice-delivery-note";
        case events::v1::DOCUMENT_TYPE_RESERVATION: return "reservation";
        case events::v1::DOCUMENT_TYPE_RETURN: return "return";
        case events::v1::DOCUMENT_TYPE_DELIVERY_NOTE: return "delivery-note";
        default: return {};
    }
}

bool moves_goods(events::v1::DocumentType type) {
    return type == events::v1::DOCUMENT_TYPE_INVOICE_DELIVERY_NOTE || type == events::v1::DOCUMENT_TYPE_DELIVERY_NOTE;
}

std::string cut(std::string_view text, int characters_max) {
    int characters = 0;
    for (std::size_t at = 0; at < text.size(); ++at) {
        const bool starts = (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U;
        if (starts && ++characters > characters_max) return std::string(text.substr(0, at));
    }
    return std::string(text);
}

}  // namespace shopwire::sors
