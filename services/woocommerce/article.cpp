#include "services/woocommerce/article.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "services/woocommerce/sink_price.h"
#include "services/woocommerce/translator_parts.h"

namespace shopwire::woocommerce {
namespace {

constexpr std::array kOurMeta{kMetaId, kMetaImages, kMetaCategories, kMetaDescription, kMetaDrafted};

ShownAttribute read_attribute(json::Value item) {
    ShownAttribute out{.id = std::string(item.member("id").text()),
                       .name = unescape_html(item.member("name").text()),
                       .visible = item.member("visible").boolean(),
                       .varies = item.member("variation").boolean()};
    const json::Value options = item.member("options");
    for (std::size_t i = 0; i < options.size(); ++i) out.options.push_back(unescape_html(options.at(i).text()));
    if (const std::string_view option = item.member("option").text(); !option.empty())
        out.options.push_back(unescape_html(option));
    return out;
}

std::string joined(const std::vector<std::string>& items) {
    std::string out;
    for (const std::string& item : items) out += (out.empty() ? "" : ",") + item;
    return out;
}

bool contains(const std::vector<std::string>& list, const std::string& item) {
    return std::ranges::find(list, item) != list.end();
}

// Collects what differs.  Meta data goes last, since it notes what the other fields did.
class Difference {
 public:
    Difference(const WantedArticle& of, const ShownArticle& against) : wanted(of), shown(against) {
        writer.begin_object();
        if (!shown.id.empty()) writer.key("id").number_text(shown.id);
    }

    bool is_new() const { return shown.id.empty(); }
    json::Writer& field(std::string_view name) {
        any_ = true;
        return writer.key(name);
    }
    json::Writer& field_writer() {  // for several fields
        any_ = true;
        return writer;
    }
    void text(std::string_view name, const std::string& value, std::string_view before) {
        if (!value.empty() && value != before) field(name).string(value);
    }
    // An empty value takes the entry away.
    void note(std::string_view key, const std::string& value) {
        if (shown.noted(key) != value) meta_[key] = value;
    }
    std::string take() {
        if (!any_ && meta_.empty()) return {};
        if (!meta_.empty()) {
            writer.key("meta_data").begin_array();
            for (const auto& [key, value] : meta_) {
                writer.begin_object().key("key").string(key).key("value");
                value.empty() ? writer.null() : writer.string(value);
                writer.end_object();
            }
            writer.end_array();
        }
        return writer.end_object().take();
    }

    const WantedArticle& wanted;
    const ShownArticle& shown;
    json::Writer writer{};

 private:
    bool any_ = false;
    std::map<std::string_view, std::string> meta_{};
};

// What vanished from the catalogue is hidden, never deleted, and shown again when it comes back: unless a person has
// hidden it, or put it into the trash.  A variation is switched off by "private".
void write_status(Difference& out) {
    const WantedArticle& wanted = out.wanted;
    const std::string& shown = out.shown.status;
    const std::string hidden = out.shown.is_variation() ? "private" : "draft";
    if (out.is_new()) {
        if (out.shown.is_variation()) return;
        out.field("status").string(wanted.publish ? "publish" : "draft");
    } else if (shown == "trash") {
        out.field("status").string(out.shown.is_variation() && wanted.active ? "publish" : hidden);
    } else if (!wanted.active && shown == "publish") {
        out.field("status").string(hidden);
        out.note(kMetaDrafted, shown);
    } else if (wanted.active && shown == hidden && !out.shown.noted(kMetaDrafted).empty()) {
        out.field("status").string(out.shown.noted(kMetaDrafted));
        out.note(kMetaDrafted, {});
    } else if (wanted.active && shown != hidden) {
        out.note(kMetaDrafted, {});  // a person has shown it meanwhile, and may hide it again
    }
}

// The shop shows a text as paragraphs and filters it, so what we wrote is compared, not what it shows.
void write_description(Difference& out) {
    const std::string& text = out.wanted.description;
    if (text.empty()) return;
    const std::string hash = short_hash(text);
    if (out.shown.noted(kMetaDescription) == hash) return;
    out.field("description").string(text);
    out.note(kMetaDescription, hash);
}

void write_measures(Difference& out, const Units& units) {
    const ShopMeasures wanted = in_shop_units(out.wanted.measures, units);
    const ShopMeasures& shown = out.shown.measures;
    const auto differs = [](const std::optional<Decimal>& left, const std::optional<Decimal>& right) {
        return left && left != right;
    };
    if (differs(wanted.weight, shown.weight)) out.field("weight").string(wanted.weight.value_or(Decimal{}).text());
    const std::array<std::tuple<const char*, std::optional<Decimal>, std::optional<Decimal>>, 3> sizes{
        {{"length", wanted.length, shown.length},
         {"width", wanted.width, shown.width},
         {"height", wanted.height, shown.height}}};
    bool any = false;
    for (const auto& [name, size, before] : sizes) {
        if (!differs(size, before)) continue;
        if (!std::exchange(any, true)) out.field("dimensions").begin_object();
        out.writer.key(name).string(size.value_or(Decimal{}).text());
    }
    if (any) out.writer.end_object();
}

// Categories that people have added stay; those that came from us and are no longer wanted go.
void write_categories(Difference& out) {
    const std::vector<std::string>& wanted = out.wanted.category_ids;
    if (wanted.empty()) return;
    const std::string before = "," + std::string(out.shown.noted(kMetaCategories)) + ",";
    std::vector<std::string> ids = wanted;
    for (const std::string& id : out.shown.category_ids)
        if (!contains(ids, id) && before.find("," + id + ",") == std::string::npos) ids.push_back(id);
    out.note(kMetaCategories, joined(wanted));
    const std::set<std::string> after(ids.begin(), ids.end());
    if (after == std::set<std::string>(out.shown.category_ids.begin(), out.shown.category_ids.end())) return;
    out.field("categories").begin_array();
    for (const std::string& id : ids) out.writer.begin_object().key("id").number_text(id).end_object();
    out.writer.end_array();
}

bool shows(const std::vector<ShownAttribute>& shown, const ShownAttribute& wanted, bool variation) {
    const ShownAttribute* known = attribute_named(shown, wanted.name);
    return known != nullptr && same_options(known->options, wanted.options) &&
           (variation || known->varies == wanted.varies);
}

void write_attribute(json::Writer& out, const ShownAttribute& attribute, std::int64_t position, bool variation) {
    out.begin_object();
    if (!attribute.id.empty() && attribute.id != "0")
        out.key("id").number_text(attribute.id);
    else
        out.key("name").string(attribute.name);
    if (variation) {
        out.key("option").string(attribute.options.empty() ? "" : attribute.options.front()).end_object();
        return;
    }
    out.key("position").number(position).key("visible").boolean(attribute.visible);
    out.key("variation").boolean(attribute.varies).key("options").begin_array();
    for (const std::string& option : attribute.options) out.string(option);
    out.end_array().end_object();
}

// The shop takes the whole list, so attributes that people have added are sent again as they are.
void write_attributes(Difference& out, bool variation) {
    const std::vector<ShownAttribute>& wanted = out.wanted.attributes;
    const std::vector<ShownAttribute>& shown = out.shown.attributes;
    if (std::ranges::all_of(wanted, [&](const ShownAttribute& one) { return shows(shown, one, variation); })) return;
    std::vector<ShownAttribute> all = shown;
    for (const ShownAttribute& one : wanted) {
        const auto same = std::ranges::find_if(all, [&one](const ShownAttribute& known) {
            return events::fold_sku(known.name) == events::fold_sku(one.name);
        });
        if (same == all.end()) {
            all.push_back(one);
        } else {
            same->options = one.options;
            same->varies = one.varies;
        }
    }
    out.field("attributes").begin_array();
    std::int64_t position = 0;
    for (const ShownAttribute& one : all) write_attribute(out.writer, one, position++, variation);
    out.writer.end_array();
}

void write_image(json::Writer& out, const ImagePlan::Place& place) {
    out.begin_object();
    place.id.empty() ? out.key("src").string(place.url) : out.key("id").number_text(place.id);
    out.end_object();
}

void write_images(Difference& out, const std::optional<ImagePlan>& plan, bool variation) {
    if (!plan) return;
    out.note(kMetaImages, plan->note());
    std::vector<std::string> ids;
    for (const ImagePlan::Place& place : plan->places()) ids.push_back(place.id);
    if (ids == out.shown.image_ids) return;  // the note alone was old
    if (variation) return write_image(out.field("image"), plan->places().front());
    out.field("images").begin_array();
    for (const ImagePlan::Place& place : plan->places()) write_image(out.writer, place);
    out.writer.end_array();
}

// A product without managed stock is sold without end, so a new one has no pieces until stock is told.
void write_new(Difference& out, const WriteRules& rules, bool variation) {
    const WantedArticle& wanted = out.wanted;
    out.text("sku", wanted.sku, {});
    if (!variation) out.field("type").string(wanted.variable ? "variable" : "simple");
    if (wanted.variable) return;
    if (rules.new_products_sold_out) {
        out.field("manage_stock").boolean(true);
        out.field("stock_quantity").number(std::int64_t{0});
    }
    if (wanted.price != nullptr) write_price(out.field_writer(), *wanted.price, {}, rules.facts);
}

}  // namespace

std::string_view ShownArticle::noted(std::string_view key) const {
    const auto found = meta.find(key);
    return found == meta.end() ? std::string_view{} : std::string_view(found->second);
}

const ShownAttribute* attribute_named(const std::vector<ShownAttribute>& attributes, std::string_view name) {
    const std::string wanted = events::fold_sku(name);
    const auto found = std::ranges::find_if(
        attributes, [&wanted](const ShownAttribute& one) { return events::fold_sku(one.name) == wanted; });
    return found == attributes.end() ? nullptr : &*found;
}

bool same_options(const std::vector<std::string>& left, const std::vector<std::string>& right) {
    const auto folded = [](const std::vector<std::string>& options) {
        std::set<std::string> out;
        for (const std::string& option : options) out.insert(events::fold_sku(option));
        return out;
    };
    return folded(left) == folded(right);
}

Result<ShownArticle> read_article(json::Value product) {
    json::Reader read(product);
    ShownArticle out{.id = read.id("id"),
                     .parent_id = id_or_empty(read, "parent_id"),
                     .type = read.string_or("type", "variation"),
                     .status = read.string_or("status", "publish"),
                     .name = unescape_html(read.string_or("name")),
                     .sku = read.string_or("sku")};
    if (product.has("global_unique_id")) out.gtin = read.string_or("global_unique_id");
    out.measures = shown_measures(product);
    for (json::Reader& item : read.array_or_empty("categories")) out.category_ids.push_back(item.id("id"));
    for (json::Reader& item : read.array_or_empty("images")) out.image_ids.push_back(item.id("id"));
    if (const json::Value image = read.raw("image"); image.is_object())
        out.image_ids.emplace_back(image.member("id").text());
    const json::Value attributes = product.member("attributes");
    for (std::size_t i = 0; i < attributes.size(); ++i) out.attributes.push_back(read_attribute(attributes.at(i)));
    for (const std::string_view key : kOurMeta)
        if (const std::string_view value = meta_value(product, key); !value.empty()) out.meta.emplace(key, value);
    if (Status ok = read.status(); !ok) return within("reading a product", std::move(ok).error());
    return out;
}

std::string article_body(const WantedArticle& wanted, const ShownArticle& shown, const std::optional<ImagePlan>& images,
                         const WriteRules& rules) {
    const bool variation = shown.is_variation();
    Difference out(wanted, shown);
    if (out.is_new()) write_new(out, rules, variation);
    if (!variation) out.text("name", wanted.name, shown.name);
    if (out.is_new() || shown.gtin) out.text("global_unique_id", wanted.gtin, shown.gtin.value_or(""));
    write_status(out);
    write_description(out);
    write_measures(out, rules.facts.units);
    if (!variation) write_categories(out);
    write_attributes(out, variation);
    write_images(out, images, variation);
    // An article put together of several sources has no id; what we made of it is known by its SKU.
    const std::string& id = wanted.native_id.empty() && out.is_new() ? wanted.sku : wanted.native_id;
    if (!id.empty() && shown.noted(kMetaId).empty()) out.note(kMetaId, id);
    return out.take();
}

std::string image_note_body(const std::string& id, const std::string& note) {
    json::Writer out;
    out.begin_object().key("id").number_text(id).key("meta_data").begin_array();
    out.begin_object().key("key").string(kMetaImages).key("value").string(note).end_object();
    return out.end_array().end_object().take();
}

}  // namespace shopwire::woocommerce
