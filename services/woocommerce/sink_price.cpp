#include "services/woocommerce/sink_price.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "services/woocommerce/goods.h"
#include "services/woocommerce/sink_order.h"

namespace shopwire::woocommerce {
namespace {

// A net price needs four decimals to give its gross price back exactly (contract rules 6.1); the shop keeps what it is
// sent.
constexpr int kNetDecimals = 4;

// ISO 4217, where it is not two.
int decimals_of(std::string_view currency) {
    constexpr std::array<std::string_view, 15> kNone{"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW",
                                                     "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF"};
    constexpr std::array<std::string_view, 7> kThree{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"};
    if (std::ranges::find(kNone, currency) != kNone.end()) return 0;
    return std::ranges::find(kThree, currency) != kThree.end() ? 3 : 2;
}

int decimals_max(const ShopFacts& facts) {
    const int decimals = decimals_of(facts.currency);
    return facts.prices_include_tax ? decimals : std::max(decimals, kNetDecimals);
}

std::optional<Decimal> sale_of(const commands::v1::SetPrice& price) {
    if (!price.has_sale()) return std::nullopt;
    return events::from_proto(price.sale());
}

// A window of a price without a sale means nothing and is not compared.
std::int64_t from_of(const commands::v1::SetPrice& price) { return price.has_sale() ? price.sale_from_ms() / 1000 : 0; }
std::int64_t to_of(const commands::v1::SetPrice& price) { return price.has_sale() ? price.sale_to_ms() / 1000 : 0; }

// A bound is set as UTC.  It is cleared by an empty text, not by null (product-update-sale-date-empty-string.json), for
// which the local field was measured.
void write_bound(json::Writer& out, std::string_view local_name, std::int64_t wanted_s, std::int64_t shown_s) {
    if (wanted_s == shown_s) return;
    if (wanted_s == 0)
        out.key(local_name).string("");
    else
        out.key(std::string(local_name) + "_gmt").string(naive_utc(wanted_s));
}

bool shows(const commands::v1::SetPrice& price, const Shown& shown) {
    return shown.regular == events::from_proto(price.regular()) && shown.sale == sale_of(price) &&
           shown.sale_from_ms / 1000 == from_of(price) && shown.sale_to_ms / 1000 == to_of(price);
}

// What the merchant pays stands in the product's meta, where only the REST API shows it.
bool keeps_purchase(const commands::v1::SetPrice& price, const Shown& shown) {
    if (!price.has_purchase()) return true;
    const Result<Decimal> kept = Decimal::parse(shown.meta);
    return kept && *kept == events::from_proto(price.purchase());
}

Result<runtime::Applied> check_written(const commands::v1::SetPrice& price, Result<Shown> shown) {
    if (!shown) return within("setting a price", std::move(shown).error());
    if (!shows(price, *shown))
        return rejected("setting a price: product " + shown->id + " shows another price after the write");
    if (!keeps_purchase(price, *shown))
        return rejected("setting a price: product " + shown->id + " did not keep the purchase price");
    return answer(shown->id, commands::v1::OUTCOME_APPLIED);
}

}  // namespace

Status check_price(const commands::v1::SetPrice& price, const ShopFacts& facts) {
    const auto fail = [](std::string reason) { return rejected("setting a price: " + std::move(reason)); };
    if (price.currency() != facts.currency)
        return fail("it is in " + price.currency() + ", the shop's currency is " + facts.currency);
    if (price.includes_tax() != facts.prices_include_tax)
        return fail(facts.prices_include_tax ? "it is without tax, the shop's prices are entered with tax"
                                             : "it includes tax, the shop's prices are entered without tax");
    if (!price.has_regular()) return fail("there is no regular price");
    const Decimal regular = events::from_proto(price.regular());
    const Decimal sale = sale_of(price).value_or(Decimal{});
    const int decimals = decimals_max(facts);
    if (regular.is_negative() || sale.is_negative()) return fail("it is negative");
    if (regular.rounded(decimals) != regular || sale.rounded(decimals) != sale)
        return fail("it has more than " + std::to_string(decimals) + " decimals");
    if (price.has_sale() && sale >= regular) return fail("the sale price is not below the regular price");
    if (from_of(price) != 0 && to_of(price) != 0 && from_of(price) >= to_of(price))
        return fail("the sale ends before it begins");
    return {};
}

void write_price(json::Writer& out, const commands::v1::SetPrice& price, const Shown& shown, const ShopFacts& facts) {
    const int decimals = decimals_of(facts.currency);
    const Decimal regular = events::from_proto(price.regular());
    const std::optional<Decimal> sale = sale_of(price);
    if (shown.regular != regular) out.key("regular_price").string(regular.text(decimals));
    if (shown.sale != sale) out.key("sale_price").string(sale ? sale->text(decimals) : "");
    write_bound(out, "date_on_sale_from", from_of(price), shown.sale_from_ms / 1000);
    write_bound(out, "date_on_sale_to", to_of(price), shown.sale_to_ms / 1000);
}

std::string price_body(const commands::v1::SetPrice& price, const Shown& shown, const ShopFacts& facts,
                       std::string_view purchase_key) {
    if (shows(price, shown) && keeps_purchase(price, shown)) return {};
    json::Writer out;
    out.begin_object().key("id").number_text(shown.id);
    write_price(out, price, shown, facts);
    if (!keeps_purchase(price, shown)) {
        out.key("meta_data").begin_array().begin_object().key("key").string(purchase_key);
        out.key("value").string(events::from_proto(price.purchase()).text()).end_object().end_array();
    }
    return out.end_object().take();
}

Answers apply_price(Shop& shop, std::span<const events::Command> batch, std::stop_token stop) {
    Answers out(batch.size(), transient("setting a price: not sent"));
    const Result<ShopFacts> facts = shop.facts(stop);
    if (!facts) return Answers(batch.size(), within("setting a price", facts.error()));

    std::vector<std::string> skus;
    for (const events::Command& command : batch) skus.push_back(command.set_price().sku());
    const std::string& purchase_key = shop.settings().purchase_price_key;
    const bool purchase =
        std::ranges::any_of(batch, [](const events::Command& one) { return one.set_price().has_purchase(); });
    const std::string_view meta_key = purchase ? std::string_view(purchase_key) : std::string_view();
    const std::vector<Result<std::optional<Shown>>> found = find_shown(shop.client(), skus, stop, meta_key);
    std::vector<ItemUpdate> items;
    std::vector<std::size_t> indexes;  // of the commands that items belong to
    for (std::size_t i = 0; i < batch.size(); ++i) {
        const commands::v1::SetPrice& price = batch[i].set_price();
        const Shown* shown = shown_or_answer(shop, skus[i], found[i], out[i]);
        if (shown == nullptr) continue;
        if (Status ok = check_price(price, *facts); !ok) {
            out[i] = std::unexpected(std::move(ok).error());
        } else if (shown->type == "variable" || shown->type == "grouped") {
            out[i] = rejected("setting a price: a " + shown->type + " product has no price of its own");
        } else if (std::string body = price_body(price, *shown, *facts, purchase_key); body.empty()) {
            out[i] = answer(shown->id, commands::v1::OUTCOME_UNCHANGED);
        } else {
            items.push_back({.id = shown->id, .parent_id = shown->parent_id, .body = std::move(body)});
            indexes.push_back(i);
        }
    }
    std::vector<Result<Shown>> written = write_items(shop.client(), items, shop.settings().batch_size, stop, meta_key);
    for (std::size_t i = 0; i < indexes.size(); ++i)
        out[indexes[i]] = check_written(batch[indexes[i]].set_price(), std::move(written[i]));
    return out;
}

}  // namespace shopwire::woocommerce
