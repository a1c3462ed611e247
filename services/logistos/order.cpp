#include "services/logistos/order.h"

#include <algorithm>

#include "common/events/codec.h"
#include "common/json/value.h"
#include "services/logistos/india.h"
#include "services/logistos/measure.h"

namespace shopwire::logistos {
namespace {

using events::v1::Address;
using events::v1::Order;
using events::v1::OrderLine;

bool contains(const std::vector<std::string>& list, const std::string& item) {
    return std::ranges::find(list, item) != list.end();
}

std::string money(const events::v1::Decimal& value) { return events::from_proto(value).text(2); }
std::string money(Decimal value) { return value.text(2); }

Decimal sum_of(const auto& charges) {
    Decimal sum;
    for (const auto& charge : charges) sum += events::from_proto(charge.total());
    return sum;
}

bool is_cod(const Order& order, const Settings& settings) {
    return contains(settings.cod_methods, order.payment_method());
}

// An order made for billing alone has an empty shipping address, or one with nothing but a name or a country.
bool is_empty(const Address& address) {
    return address.line_1().empty() && address.city().empty() && address.postal_code().empty();
}

// Where the parcel goes, in the form that carriers take.
Result<Address> destination_of(const events::v1::PersonalFields& person) {
    Address to = is_empty(person.shipping()) ? person.billing() : person.shipping();
    if (is_empty(to)) return rejected("there is neither a shipping nor a billing address");
    if (to.country() != "IN") return rejected("the shipping country is not IN, and Logistos carries within India");
    if (to.line_1().empty()) return rejected("the shipping address has no street");
    if (to.city().empty()) return rejected("the shipping address has no city");
    if (to.first_name().empty() && to.last_name().empty() && to.company().empty())
        return rejected("the shipping address has no name");
    to.set_postal_code(normalize_pin(to.postal_code()));
    if (to.postal_code().empty()) return rejected("the shipping PIN is not six digits");
    if (find_state(to.state()) == nullptr) return rejected("the shipping state is none of India's");
    return to;
}

// Adds the measures of one piece; a value of the order beats the default.  False: one is missing.
bool add_measures(json::Writer& writer, const OrderLine& line, const DefaultMeasures& defaults) {
    bool whole = true;
    const auto add = [&](const char* key, bool there, const events::v1::Decimal& value, const std::string& text,
                         auto parse) {
        const Decimal known = there ? events::from_proto(value) : Decimal{};
        const Result<Decimal> used = !known.is_zero() || text.empty() ? Result<Decimal>(known) : parse(text, "");
        if (!used || used->is_zero() || used->is_negative()) {
            whole = false;
            return;
        }
        writer.key(key).string(used->text());
    };
    const auto weight = [](std::string_view text, std::string_view) { return parse_weight(text); };
    const auto length = [](std::string_view text, std::string_view) { return parse_length(text); };
    const events::v1::Measures& measures = line.measures();
    add("weight_kg", measures.has_weight_kg(), measures.weight_kg(), defaults.weight, weight);
    add("length_cm", measures.has_length_cm(), measures.length_cm(), defaults.length, length);
    add("width_cm", measures.has_width_cm(), measures.width_cm(), defaults.width, length);
    add("height_cm", measures.has_height_cm(), measures.height_cm(), defaults.height, length);
    return whole;
}

class Body {
 public:
    Body(const Order& order, const Settings& settings, const dialect::Zone& zone)
        : order_(order), settings_(settings), zone_(zone) {}

    Result<std::string> write(const std::string& number, const Address& to) {
        writer_.begin_object();
        head(number);
        amounts();
        people(to);
        if (Status ok = lines(); !ok) return std::unexpected(std::move(ok.error()));
        charges("fees", order_.fees());
        charges("shipping_lines", order_.shipping());
        taxes();
        store();
        writer_.end_object();
        return writer_.take();
    }

 private:
    void text(std::string_view name, std::string_view value) { writer_.key(name).string(value); }
    void free_text(std::string_view name, std::string_view value) { text(name, without_card_numbers(value)); }

    void time(const std::string& name, std::int64_t at_ms) {
        if (at_ms <= 0) {
            for (const char* form : {"_local", "_utc", "_s"}) writer_.key(name + form).null();
            return;
        }
        text(name + "_local", zone_.format(at_ms, "iso_local"));
        text(name + "_utc", utc_seconds(at_ms));
        writer_.key(name + "_s").number(at_ms / 1'000);
    }

    // Without the Z, as WooCommerce writes its *_gmt dates.
    std::string utc_seconds(std::int64_t at_ms) const { return zone_.format(at_ms, "iso_utc").substr(0, 19); }

    void head(const std::string& number) {
        text("order_id", order_.native_id());
        text("order_number", number);
        text("status", order_.status());
        text("currency", order_.currency());
        time("created", order_.created_at_ms());
        time("paid", order_.paid_at_ms());
        text("payment_method", order_.payment_method());
        free_text("payment_title", order_.payment_title());
        text("customer_id", order_.customer_native_id().empty() ? "0" : order_.customer_native_id());
        free_text("note", order_.personal().clear().note());
    }

    void amounts() {
        Decimal subtotal;
        for (const OrderLine& line : order_.lines()) subtotal += events::from_proto(line.subtotal());
        text("subtotal", money(subtotal));
        text("discount_total", money(order_.discount_total()));
        text("shipping_total", money(sum_of(order_.shipping())));
        text("total_tax", money(order_.total_tax()));
        text("total", money(order_.total()));
        text("cod_amount", is_cod(order_, settings_) ? money(order_.total()) : "0.00");
    }

    void person(std::string_view name, const Address& address, const std::string& phone, const std::string* email) {
        const State* state = address.country() == "IN" ? find_state(address.state()) : nullptr;
        writer_.key(name).begin_object();
        text("first_name", address.first_name());
        text("last_name", address.last_name());
        text("company", address.company());
        text("line_1", address.line_1());
        text("line_2", address.line_2());
        text("city", address.city());
        text("state", state != nullptr ? state->code : std::string_view(address.state()));
        text("state_name", state != nullptr ? state->name : std::string_view(address.state()));
        text("postal_code", address.postal_code());
        text("country", address.country());
        text("phone", phone);
        if (email != nullptr) text("email", *email);
        writer_.end_object();
    }

    void people(const Address& to) {
        const events::v1::PersonalFields& known = order_.personal().clear();
        const std::string phone = normalize_phone(known.phone());
        person("billing", is_empty(known.billing()) ? to : known.billing(), phone, &known.email());
        person("shipping", to, phone, nullptr);
    }

    Status lines() {
        writer_.key("lines").begin_array();
        for (const OrderLine& line : order_.lines()) {
            writer_.begin_object();
            text("id", line.native_id());
            text("product_id", line.product_native_id().empty() ? "0" : line.product_native_id());
            text("variation_id", line.variation_native_id().empty() ? "0" : line.variation_native_id());
            text("name", line.name());
            text("sku", line.sku());
            text("quantity", events::from_proto(line.quantity()).text());
            text("subtotal", money(line.subtotal()));
            text("total", money(line.total()));
            text("total_tax", money(line.total_tax()));
            const bool carried = !line.has_needs_shipping() || line.needs_shipping();
            const bool whole = !carried || add_measures(writer_, line, settings_.default_measures);
            if (!whole && settings_.missing_measures == "reject")
                return rejected("line " + line.native_id() + " has no weight or no size, and no default is set");
            writer_.end_object();
        }
        writer_.end_array();
        return {};
    }

    void charges(std::string_view name, const auto& list) {
        writer_.key(name).begin_array();
        for (const events::v1::OrderCharge& charge : list) {
            writer_.begin_object();
            text("code", charge.code());
            free_text("name", charge.name());
            text("total", money(charge.total()));
            text("total_tax", money(charge.total_tax()));
            writer_.end_object();
        }
        writer_.end_array();
    }

    void taxes() {
        writer_.key("taxes").begin_array();
        for (const events::v1::OrderTax& tax : order_.taxes()) {
            writer_.begin_object();
            text("code", tax.code());
            text("label", tax.label());
            text("total", money(tax.total()));
            text("shipping_total", money(tax.shipping_total()));
            writer_.end_object();
        }
        writer_.end_array();
    }

    void store() {
        const StoreInfo& info = settings_.store;
        const State* state = info.country == "IN" ? find_state(info.state) : nullptr;
        writer_.key("store").begin_object();
        text("name", info.name);
        text("address", info.address);
        text("address_2", info.address_2);
        text("city", info.city);
        text("state", state != nullptr ? state->code : std::string_view(info.state));
        text("state_name", state != nullptr ? state->name : std::string_view(info.state));
        text("country", info.country);
        text("postcode", info.postcode);
        text("phone", info.phone);
        writer_.end_object();
    }

    const Order& order_;
    const Settings& settings_;
    const dialect::Zone& zone_;
    json::Writer writer_{};
};

}  // namespace

bool is_virtual(const Order& order) {
    return order.lines_size() > 0 && std::ranges::all_of(order.lines(), [](const OrderLine& line) {
               return line.has_needs_shipping() && !line.needs_shipping();
           });
}

Status may_leave(const Order& order, const Settings& settings) {
    if (!contains(settings.statuses, order.status()))
        return rejected("status " + order.status() + " is not one of settings.statuses, so it is not sent yet");
    if (settings.require_paid && order.paid_at_ms() == 0 && !is_cod(order, settings) &&
        !events::from_proto(order.total()).is_zero())
        return rejected("it is not paid, and " + order.payment_method() + " is not one of settings.cod_methods");
    if (!contains(settings.currencies, order.currency()))
        return rejected("its currency " + order.currency() + " is not one of settings.currencies");
    return {};
}

Result<std::string> order_text(const Order& order, const std::string& number, const Settings& settings,
                               const dialect::Zone& zone) {
    if (!order.personal().has_clear()) return rejected("its personal fields are missing or sealed");
    if (order.lines_size() == 0) return rejected("it has no lines");
    const Result<Address> to = destination_of(order.personal().clear());
    if (!to) return std::unexpected(to.error());
    if (normalize_phone(order.personal().clear().phone()).empty()) return rejected("the phone is not ten digits");
    return Body(order, settings, zone).write(number, *to);
}

}  // namespace shopwire::logistos
