#include "services/woocommerce/sink_product.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <unordered_map>
#include <utility>

#include "services/woocommerce/catalogue.h"
#include "services/woocommerce/goods.h"
#include "services/woocommerce/shelf.h"
#include "services/woocommerce/sink_order.h"
#include "services/woocommerce/sink_price.h"

namespace shopwire::woocommerce {
namespace {

constexpr std::string_view kDoing = "writing a product";

const events::v1::Product& product_of(const events::Command& command) { return command.upsert_product().product(); }

commands::v1::SetPrice price_of(const events::v1::Price& price) {
    commands::v1::SetPrice out;
    out.set_currency(price.currency());
    *out.mutable_regular() = price.regular();
    if (price.has_sale()) *out.mutable_sale() = price.sale();
    out.set_sale_from_ms(price.sale_from_ms());
    out.set_sale_to_ms(price.sale_to_ms());
    out.set_includes_tax(price.includes_tax());
    return out;
}

// Images of a variation that has none of its own are shown as those of its product.
void drop_inherited_image(ShownArticle& variation, const ShownArticle& product) {
    const NotedImages own = read_note(variation.noted(kMetaImages), variation.image_ids);
    std::erase_if(variation.image_ids, [&](const std::string& id) {
        return std::ranges::find(own, id, &NotedImage::id) == own.end() &&
               std::ranges::find(product.image_ids, id) != product.image_ids.end();
    });
}

class ProductBatch {
 public:
    // `writes` false: only tells whether something is to be written.
    ProductBatch(Shop& shop, std::span<const events::Command> batch, bool writes, std::stop_token stop)
        : shop_(shop),
          batch_(batch),
          writes_(writes),
          stop_(std::move(stop)),
          failed_(batch.size()),
          prices_(batch.size()),
          shelf_(shop.client()) {}

    Answers run() {
        const Result<ShopFacts> facts = shop_.facts(stop_);
        if (!facts) return Answers(batch_.size(), within(kDoing, facts.error()));
        rules_ = {.facts = *facts, .new_products_sold_out = shop_.settings().new_products_sold_out};
        collect();
        std::unique_lock lock(shop_.groups_mutex(), std::defer_lock);  // two batches may add options to one product
        if (std::ranges::any_of(targets_, &Target::grouped)) lock.lock();
        if (Status ok = look_up(); !ok) return Answers(batch_.size(), within(kDoing, ok.error()));
        for (Target& target : targets_)
            if (Status ok = prepare(target); !ok) target.product.failed = ok.error();
        write(products());
        for (Target& target : targets_) adopt(target);
        write(variations());
        note_images();
        return answers();
    }

 private:
    void collect() {
        std::unordered_map<std::string, std::size_t> groups;  // targets by folded SKU
        for (std::size_t i = 0; i < batch_.size(); ++i) {
            const commands::v1::UpsertProduct& upsert = batch_[i].upsert_product();
            if (!can_be_asked(upsert.product().sku())) {
                failed_[i] = rejected("an empty SKU or one with a comma cannot be asked for").error();
                continue;
            }
            if (upsert.price().has_regular()) prices_[i] = price_of(upsert.price());
            const std::string group = events::fold_sku(group_sku(upsert.product(), shop_.settings()));
            if (const auto known = groups.find(group); !group.empty() && known != groups.end()) {
                join(targets_[known->second], upsert, i);
                continue;
            }
            if (!group.empty()) groups[group] = targets_.size();
            targets_.push_back(target_of(upsert, shop_.settings(), i));
        }
    }

    Status look_up() {
        std::vector<std::string> skus;
        for (const Target& target : targets_) {
            skus.push_back(target.product.wanted.sku);
            for (const Item& item : target.variations) skus.push_back(item.wanted.sku);
        }
        return shelf_.read(std::move(skus), stop_);
    }

    // What the product is now, and what it has to be.
    Status prepare(Target& target) {
        Item& product = target.product;
        Result<ShownArticle> shown = shelf_.find(product.wanted.sku);
        if (!shown) return std::unexpected(std::move(shown).error());
        product.shown = *std::move(shown);
        if (Status ok = check(target); !ok) return ok;
        if (product.shown.is_variation())  // what else the article tells is not what makes this variation
            std::erase_if(product.wanted.attributes, [&product](const ShownAttribute& one) {
                return attribute_named(product.shown.attributes, one.name) == nullptr;
            });
        const std::size_t first =
            target.grouped ? target.variations.front().commands.front() : product.commands.front();
        offer_options(target);
        if (Status ok =
                resolve_terms(target, product_of(batch_[first]), shop_.settings(), shop_.terms(), writes_, stop_);
            !ok)
            return ok;
        if (product.wanted.variable && !product.shown.id.empty())
            if (Status ok = shelf_.read_variations(product.shown.id, stop_); !ok) return ok;
        return set_prices(target);
    }

    Status check(Target& target) const {
        const ShownArticle& shown = target.product.shown;
        if (shown.status == "trash" && shop_.settings().trashed == "reject")
            return rejected("the product with SKU " + target.product.wanted.sku + " lies in the shop's trash");
        if (shown.status == "trash") target.remark = "it was in the trash and is a draft now";
        if (target.product.wanted.variable && !shown.id.empty() && shown.type != "variable")
            return rejected("product " + shown.id + " is " + shown.type + " in the shop and cannot have variations");
        if (target.grouped)
            for (const Item& item : target.variations)
                if (item.wanted.attributes.empty())
                    return rejected("nothing tells " + item.wanted.sku + " from other variations");
        return {};
    }

    // Only what is made now gets a price; it must be one that the shop stores as it stands.
    Status set_prices(Target& target) {
        std::vector<Item*> items{&target.product};
        for (Item& item : target.variations) items.push_back(&item);
        for (Item* item : items) {
            const std::size_t index = item->commands.front();
            const bool is_new = item->shown.id.empty() && !shelf_.has(item->wanted.sku);
            const auto& price = prices_[index];
            if (!price || !is_new || item->wanted.variable) continue;
            if (Status ok = check_price(*price, rules_.facts); !ok) return ok;
            item->wanted.price = &*price;
        }
        return {};
    }

    // What is not sold is not made, nor a product for variations that stand elsewhere.
    bool is_wanted(const Target& target) const {
        if (!target.product.shown.id.empty()) return true;
        if (!target.grouped) return target.product.wanted.active;
        return std::ranges::any_of(
            target.variations, [this](const Item& item) { return item.wanted.active && !shelf_.has(item.wanted.sku); });
    }

    std::vector<Item*> products() {
        std::vector<Item*> out;
        for (Target& target : targets_)
            if (!target.product.failed && is_wanted(target)) out.push_back(&target.product);
        return out;
    }

    std::vector<Item*> variations() {
        std::vector<Item*> out;
        for (Target& target : targets_) {
            for (Item& item : target.variations) {
                const bool can_be_made = item.wanted.active && !target.product.shown.id.empty();
                if (!target.product.failed && !item.failed && (!item.shown.id.empty() || can_be_made))
                    out.push_back(&item);
            }
        }
        return out;
    }

    // The product is there: which of its variations are?
    void adopt(Target& target) {
        const ShownArticle& product = target.product.shown;
        if (target.product.failed || target.variations.empty()) return;
        const std::vector<ShownArticle>& known = shelf_.variations(product.id);
        std::set<std::string> matched;
        for (Item& item : target.variations) {
            const ShownArticle* shown = variation_of(known, item.wanted);
            const Result<ShownArticle> elsewhere = shelf_.find(item.wanted.sku);
            if (shown != nullptr)
                item.shown = *shown;
            else if (!elsewhere)
                item.failed = elsewhere.error();
            else if (elsewhere->is_variation() || (!elsewhere->id.empty() && target.grouped))
                item.shown = *elsewhere;  // in the trash, or made by a person in its own way: it is left where it is
            else if (!elsewhere->id.empty())
                item.failed =
                    rejected("SKU " + item.wanted.sku + " is product " + elsewhere->id + " in the shop").error();
            else
                item.shown.parent_id = product.id;
            drop_inherited_image(item.shown, product);
            matched.insert(item.shown.id);
        }
        if (!target.whole) return;
        for (const ShownArticle& one : known)
            if (!matched.contains(one.id) && !one.noted(kMetaId).empty())
                target.variations.push_back(
                    {.wanted = {.active = false}, .shown = one, .commands = target.product.commands});
    }

    // Rounds, since an image that one item imports is taken over by the next and not imported again.
    void write(std::vector<Item*> pending) {
        for (const Item* item : pending)  // what one of them has noted, another may take
            for (const NotedImage& image : read_note(item->shown.noted(kMetaImages), item->shown.image_ids))
                shop_.imported_images().learn(image.key, image.id);
        while (!pending.empty() && !halted_) {
            std::vector<Item*> later;
            std::vector<Item*> now;
            std::vector<ItemUpdate> updates;
            std::set<std::string> importing;
            for (Item* item : pending) {
                item->images = plan_of(*item);
                std::string body = article_body(item->wanted, item->shown, item->images, rules_);
                if (body.empty()) continue;
                item->wrote = true;
                if (!writes_) continue;
                const std::vector<std::string> imports =
                    item->images ? item->images->imports() : std::vector<std::string>{};
                if (std::ranges::any_of(imports, [&](const std::string& key) { return importing.contains(key); })) {
                    later.push_back(item);
                    continue;
                }
                importing.insert(imports.begin(), imports.end());
                now.push_back(item);
                item->failed = transient("not sent").error();
                updates.push_back({.id = item->shown.id,
                                   .parent_id = item->shown.parent_id,
                                   .body = std::move(body),
                                   .imports = imports.size()});
            }
            const Took took = [&](std::size_t index, const Result<json::Value>& row, const std::string& code) {
                if (took_again(*now[index], row, code)) later.push_back(now[index]);
            };
            halted_ = !write_items(shop_.client(), updates, shop_.settings().batch_size, took, stop_);
            pending = std::move(later);
        }
        for (Item* item : pending) item->failed = transient("not sent").error();
    }

    std::optional<ImagePlan> plan_of(const Item& item) const {
        if (item.images_refused) return std::nullopt;
        return ImagePlan::make(item.wanted.images, item.shown.image_ids, item.shown.noted(kMetaImages),
                               shop_.settings().replace_images, shop_.imported_images());
    }

    // An image that is gone from the shop is imported anew; an article whose image cannot be fetched goes without.
    bool refused_for_images(Item& item, const std::string& code) {
        const bool gone = code.ends_with("invalid_image_id");
        if (!item.images || (!gone && !code.ends_with("image_upload_error"))) return false;
        bool forgot = false;
        for (const ImagePlan::Place& place : item.images->places()) {
            if (!gone || place.key.empty() || place.id.empty()) continue;
            shop_.imported_images().forget(place.id);
            forgot = true;
        }
        if (forgot) return true;
        item.images_refused = true;
        shop_.images(false).add();
        return true;
    }

    // True: it is to be sent once more.
    bool took_again(Item& item, const Result<json::Value>& row, const std::string& code) {
        if (!row) {
            item.failed = row.error();
            if (code == "product_invalid_sku" || code == "woocommerce_rest_product_not_created")
                item.failed = transient("the SKU was taken meanwhile: " + code).error();
            return item.images && refused_for_images(item, code);
        }
        Result<ShownArticle> shown = read_article(*row);
        if (!shown) {
            item.failed = std::move(shown).error();
            return false;
        }
        item.failed.reset();
        shown->parent_id = item.shown.parent_id;  // older shops leave it out here
        item.shown = *std::move(shown);
        const auto has_group = [&item](const std::string& id) {
            return std::ranges::find(item.shown.category_ids, id) != item.shown.category_ids.end();
        };
        if (!std::ranges::all_of(item.wanted.category_ids, has_group)) shop_.terms().forget();  // one is gone
        note_imports(item);
        return false;
    }

    void note_imports(const Item& item) {
        if (!item.images) return;
        const std::size_t imports = item.images->imports().size();
        if (imports == 0) return;
        shop_.images(true).add(static_cast<double>(imports));
        const std::string note = item.images->note_after(item.shown.image_ids, shop_.imported_images());
        if (note.empty()) return;
        notes_.push_back(
            {.id = item.shown.id, .parent_id = item.shown.parent_id, .body = image_note_body(item.shown.id, note)});
    }

    // Should it fail, the places that the first write has noted tell the same.
    void note_images() {
        if (!halted_ && !notes_.empty())
            write_items(
                shop_.client(), notes_, shop_.settings().batch_size,
                [](std::size_t, const Result<json::Value>&, const std::string&) {}, stop_);
    }

    Answers answers() {
        Answers out(batch_.size(), answer({}, commands::v1::OUTCOME_UNCHANGED));
        for (const Target& target : targets_) {
            tell(out, target.product, target);
            for (const Item& item : target.variations)
                if (!target.product.failed) tell(out, item, target);
        }
        for (std::size_t i = 0; i < batch_.size(); ++i)
            if (const auto& failed = failed_[i]) out[i] = within(kDoing, *failed);
        return out;
    }

    // An article's own product comes first, so its id is what a command is answered with.
    void tell(Answers& out, const Item& item, const Target& target) const {
        for (const std::size_t index : item.commands) {
            if (!out[index]) continue;
            if (item.failed) {
                out[index] = within(kDoing, *item.failed);
                continue;
            }
            commands::v1::CommandResult& result = out[index]->result;
            const bool own = &item == &target.product ? !target.grouped : target.grouped;
            if (own) result.set_native_id(item.shown.id);
            if (item.wrote) result.set_outcome(commands::v1::OUTCOME_APPLIED);
            const std::string remark = item.images_refused ? "the shop could not fetch an image" : target.remark;
            if (!remark.empty()) result.set_error(std::string(kDoing) + ": " + remark);
        }
    }

    Shop& shop_;
    std::span<const events::Command> batch_;
    bool writes_;
    std::stop_token stop_;
    WriteRules rules_{};
    std::vector<Target> targets_{};
    std::vector<std::optional<Error>> failed_;  // by command
    std::vector<std::optional<commands::v1::SetPrice>> prices_;  // by command
    Shelf shelf_;
    std::vector<ItemUpdate> notes_{};
    bool halted_ = false;  // a request got no clear answer: nothing more is sent
};

}  // namespace

Answers apply_products(Shop& shop, std::span<const events::Command> batch, std::stop_token stop) {
    return ProductBatch(shop, batch, true, std::move(stop)).run();
}

Result<std::optional<runtime::Applied>> find_product(Shop& shop, const events::Command& command, std::stop_token stop) {
    Answers found = ProductBatch(shop, {&command, 1}, false, std::move(stop)).run();
    if (!found.front()) return std::unexpected(std::move(found.front()).error());
    if (found.front()->result.outcome() != commands::v1::OUTCOME_UNCHANGED) return std::nullopt;
    found.front()->result.set_outcome(commands::v1::OUTCOME_APPLIED);
    return std::move(found.front());
}

}  // namespace shopwire::woocommerce
