#include "services/keycrm/draft.h"

#include <algorithm>

#include "common/events/codec.h"
#include "common/json/value.h"
#include "services/keycrm/client.h"

namespace shopwire::keycrm {
namespace {

using events::from_proto;

constexpr int kMoneyDecimals = 2;
constexpr int kLinesMax = 500;
constexpr int kCentsPerLineMax = 1;
const Decimal kCent = Decimal::from_micros(10'000);
const Decimal kPiece = Decimal::from_integer(1);
constexpr std::string_view kPlaceholderEmail = "skip@dummyemail.com";  // of a plugin for orders without one

Decimal product_of(Decimal price, Decimal quantity) {
    return multiply(price, quantity, Decimal::kDecimals).value_or(Decimal{});
}

Decimal sold(const DraftLine& line, bool per_unit) {
    if (per_unit) return product_of(line.price - line.discount, line.quantity);
    return product_of(line.price, line.quantity) - line.discount;
}

std::string joined(std::string_view left, std::string_view right, std::string_view between = " ") {
    std::string out(left);
    if (!left.empty() && !right.empty()) out += between;
    return out += right;
}

// Whole cents for a price and a discount, so that what is sold is the shop's amount or cents above it, never below: the
// order's discount takes the rest.
Result<DraftLine> priced(DraftLine line, Decimal before, Decimal after, bool per_unit) {
    Result<Decimal> price = divide(before, line.quantity, kMoneyDecimals);
    if (!price) return within("computing a price", std::move(price).error());
    line.price = *price;
    while (product_of(line.price, line.quantity) < before) line.price += kCent;
    const Decimal off = product_of(line.price, line.quantity) - after;
    if (!per_unit) {
        line.discount = off;
        return line;
    }
    Result<Decimal> discount = divide(off, line.quantity, kMoneyDecimals);
    if (!discount) return within("computing a discount", std::move(discount).error());
    line.discount = std::max(*discount, Decimal{});
    while (!line.discount.is_zero() && sold(line, true) < after) line.discount -= kCent;
    return line;
}

// Amounts of the shop in the basis that is sent.
class Amounts {
 public:
    explicit Amounts(const Settings& settings) : with_tax_(settings.taxes == "in_prices") {}
    Decimal of(const events::v1::Decimal& amount, const events::v1::Decimal& tax) const {
        const Decimal net = from_proto(amount);
        return (with_tax_ ? net + from_proto(tax) : net).rounded(kMoneyDecimals);
    }

 private:
    bool with_tax_;
};

// The shop rounds taxes by line, KeyCRM the sum: cents too few are put on the first price, cents too many off the
// whole.
void settle_cents(Draft& draft, const Settings& settings) {
    const auto lines = static_cast<std::int64_t>(draft.lines.size());
    const Decimal allowed = Decimal::from_micros(kCent.micros() * kCentsPerLineMax * lines);
    if (draft.expected_total - total_of(draft, settings) > allowed) return;
    for (int i = 0; i < kLinesMax && total_of(draft, settings) < draft.expected_total; ++i)
        draft.lines.front().price += kCent;
    Decimal quantities;
    for (const DraftLine& line : draft.lines) quantities += line.quantity + kPiece;
    const Decimal surplus = total_of(draft, settings) - draft.expected_total;
    if (surplus <= product_of(quantities, kCent)) draft.discount += std::max(surplus, Decimal{});
}

Status add_lines(Draft& draft, const events::v1::Order& order, const Settings& settings) {
    const Amounts amounts(settings);
    const bool per_unit = settings.line_discount == "per_unit";
    for (const auto& line : order.lines()) {
        const Decimal after = amounts.of(line.total(), line.total_tax());
        const Decimal before = std::max(amounts.of(line.subtotal(), line.subtotal_tax()), after);
        DraftLine made{.sku = line.sku(), .name = line.name(), .quantity = from_proto(line.quantity())};
        if (made.name.empty()) made.name = line.sku().empty() ? "Line " + line.native_id() : line.sku();
        if (made.quantity <= Decimal{}) return rejected("line " + line.native_id() + ": quantity is not above zero");
        if (after.is_negative()) return rejected("line " + line.native_id() + ": amount is negative");
        Result<DraftLine> done = priced(std::move(made), before, after, per_unit);
        if (!done) return within("line " + line.native_id(), std::move(done).error());
        draft.lines.push_back(*std::move(done));
    }
    for (const auto& fee : order.fees()) {
        const Decimal total = amounts.of(fee.total(), fee.total_tax());
        if (total.is_negative())
            draft.discount -= total;
        else if (!total.is_zero())
            draft.lines.push_back(
                {.name = fee.name().empty() ? "Fee" : fee.name(), .quantity = kPiece, .price = total});
    }
    for (const auto& charge : order.shipping()) draft.shipping += amounts.of(charge.total(), charge.total_tax());
    if (settings.taxes == "separate") draft.taxes = from_proto(order.total_tax());
    return {};
}

const events::v1::Address& ship_to(const events::v1::PersonalFields& person) {
    const events::v1::Address& shipping = person.shipping();
    return shipping.line_1().empty() && shipping.city().empty() ? person.billing() : shipping;
}

std::string name_of(const events::v1::Address& address) {
    std::string name = joined(address.first_name(), address.last_name());
    return name.empty() ? address.company() : name;
}

void write_text(json::Writer& out, std::string_view name, std::string_view text) {
    if (!text.empty()) out.key(name).string(text);
}

void write_buyer(json::Writer& out, const events::v1::Order& order, const Settings& settings) {
    const events::v1::PersonalFields& person = order.personal().clear();
    std::string name = name_of(person.billing());
    if (name.empty()) name = name_of(person.shipping());
    if (name.empty()) name = person.email();
    if (name.empty()) name = "Order " + order.number();  // KeyCRM wants some name
    out.key("buyer").begin_object().key("full_name").string(name);
    if (person.email() != kPlaceholderEmail) write_text(out, "email", person.email());
    write_text(out, "phone", phone_of(person.phone(), person.billing().country(), settings));
    out.end_object();
}

void write_shipping(json::Writer& out, const events::v1::Order& order, const Settings& settings) {
    const auto texts = shipping_texts(order, settings);
    std::int64_t service = 0;
    std::string title;
    for (const auto& charge : order.shipping()) {
        const auto found = settings.delivery_services.find(charge.code());
        if (found != settings.delivery_services.end()) service = found->second;
        if (title.empty()) title = charge.name();
    }
    if (texts.empty() && service == 0 && title.empty()) return;
    out.key("shipping").begin_object();
    if (service != 0) out.key("delivery_service_id").number(service);
    write_text(out, "shipping_service", title);
    for (const auto& [name, text] : texts) out.key(name).string(text);
    out.end_object();
}

void write_payment(json::Writer& out, const events::v1::Order& order, const Settings& settings) {
    const Decimal total = from_proto(order.total());
    const auto found = settings.payment_methods.find(order.payment_method());
    const std::int64_t method = found == settings.payment_methods.end() ? settings.payment_method_id : found->second;
    const std::string& title = order.payment_title().empty() ? order.payment_method() : order.payment_title();
    if (total <= Decimal{} || (method == 0 && title.empty())) return;
    out.key("payments").begin_array().begin_object();
    if (method != 0)
        out.key("payment_method_id").number(method);
    else
        out.key("payment_method").string(title);
    out.key("amount").number(total, kMoneyDecimals);
    // Cash on delivery is not paid, whatever the order's status says.
    out.key("status").string(order.paid_at_ms() > 0 ? "paid" : "not_paid");
    write_text(out, "description", order.transaction_id());
    if (order.paid_at_ms() > 0) out.key("payment_date").string(keycrm_time(order.paid_at_ms()));
    out.end_object().end_array();
}

void write_lines(json::Writer& out, const Draft& draft) {
    out.key("products").begin_array();
    for (const DraftLine& line : draft.lines) {
        out.begin_object();
        write_text(out, "sku", line.sku);
        out.key("name").string(line.name).key("price").number(line.price, kMoneyDecimals);
        out.key("quantity").number(line.quantity);
        if (!line.discount.is_zero()) out.key("discount_amount").number(line.discount, kMoneyDecimals);
        out.end_object();
    }
    out.end_array();
}

}  // namespace

Decimal total_of(const Draft& draft, const Settings& settings) {
    Decimal sum;
    for (const DraftLine& line : draft.lines) sum += sold(line, settings.line_discount == "per_unit");
    return (sum.rounded(kMoneyDecimals) - draft.discount + draft.shipping + draft.taxes).rounded(kMoneyDecimals);
}

Result<Draft> make_draft(const events::v1::Order& order, const Settings& settings) {
    if (std::ranges::find(settings.currencies, order.currency()) == settings.currencies.end())
        return rejected("currency " + order.currency() + " is not among the connection's currencies");
    if (!order.personal().has_clear()) return rejected("the order's personal fields cannot be read");
    Draft draft{.expected_total = from_proto(order.total())};
    if (Status ok = add_lines(draft, order, settings); !ok) return std::unexpected(std::move(ok).error());
    if (draft.lines.empty()) return rejected("the order has no line");
    if (draft.lines.size() > kLinesMax) return rejected("more than " + std::to_string(kLinesMax) + " lines");
    settle_cents(draft, settings);
    draft.computed_total = total_of(draft, settings);
    return draft;
}

std::string create_body(const Draft& draft, const commands::v1::ExportOrder& command, const Settings& settings) {
    const events::v1::Order& order = command.order();
    json::Writer out;
    out.begin_object().key("source_id").number(settings.source_of(command.order_connection()));
    out.key("source_uuid").string(command.external_number());
    out.key("ordered_at").string(keycrm_time(order.created_at_ms()));
    out.key("manager_comment").string("Order " + order.number());
    write_text(out, "buyer_comment", order.personal().clear().note());
    if (order.coupons_size() > 0) out.key("promocode").string(order.coupons(0).code());
    if (settings.create_status_id != 0) out.key("status_id").number(settings.create_status_id);
    if (!draft.discount.is_zero()) out.key("discount_amount").number(draft.discount, kMoneyDecimals);
    // At the top: inside `shipping` it is ignored without an error.
    if (!draft.shipping.is_zero()) out.key("shipping_price").number(draft.shipping, kMoneyDecimals);
    if (!draft.taxes.is_zero()) out.key("taxes").number(draft.taxes, kMoneyDecimals);
    write_buyer(out, order, settings);
    write_shipping(out, order, settings);
    write_lines(out, draft);
    write_payment(out, order, settings);
    return out.end_object().take();
}

std::string difference(Decimal expected, Decimal total) {
    if (expected == total) return {};
    return "exported with difference: KeyCRM has " + total.text(kMoneyDecimals) + ", the order " +
           expected.text(kMoneyDecimals);
}

std::string phone_of(std::string_view text, std::string_view country, const Settings& settings) {
    constexpr std::size_t kDigitsMin = 8;
    std::string digits;
    for (const char c : text)
        if (c >= '0' && c <= '9') digits += c;
    const std::size_t start = text.find_first_not_of(" \t");
    const auto code = settings.calling_codes.find(std::string(country));
    if (start != std::string_view::npos && text[start] == '+') {
    } else if (digits.starts_with("00")) {
        digits.erase(0, 2);
    } else if (code != settings.calling_codes.end() && digits.starts_with("0")) {
        digits = code->second + digits.substr(1);
    } else if (code == settings.calling_codes.end() || !digits.starts_with(code->second)) {
        return std::string(text);  // a national number of a country whose code nobody told
    }
    return digits.size() < kDigitsMin ? std::string(text) : "+" + digits;
}

std::vector<std::pair<std::string, std::string>> shipping_texts(const events::v1::Order& order,
                                                                const Settings& settings) {
    const events::v1::PersonalFields& person = order.personal().clear();
    const events::v1::Address& to = ship_to(person);
    std::vector<std::pair<std::string, std::string>> out;
    const auto add = [&out](const char* name, std::string text) {
        if (!text.empty()) out.emplace_back(name, std::move(text));
    };
    add("shipping_address_city", to.city());
    add("shipping_address_country", to.country());
    add("shipping_address_region", to.state());
    add("shipping_address_zip", to.postal_code());
    add("shipping_receive_point", joined(to.line_1(), to.line_2()));
    add("recipient_full_name", name_of(to));
    add("recipient_phone", phone_of(person.phone(), to.country(), settings));
    return out;
}

}  // namespace shopwire::keycrm
