#include "services/woocommerce/images.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace shopwire::woocommerce {
namespace {

constexpr std::size_t kImportedMax = 50'000;  // about 5 MB
constexpr std::size_t kGoneMax = 10'000;
constexpr std::size_t kKeySize = 24;  // 96 bits in hexadecimal

std::string note_of(const NotedImages& images) {
    std::string out;
    for (const NotedImage& image : images) out += (out.empty() ? "" : " ") + image.key + ":" + image.id;
    return out;
}

std::string id_at(std::string_view place, const std::vector<std::string>& shown_ids) {
    std::size_t index = 0;
    const auto read = std::from_chars(place.data(), place.data() + place.size(), index);
    return read.ec == std::errc{} && index < shown_ids.size() ? shown_ids[index] : std::string();
}

}  // namespace

std::string short_hash(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string out;
    for (unsigned int i = 0; i < kKeySize / 2; ++i) {
        out += kDigits[digest[i] >> 4U];
        out += kDigits[digest[i] & 15U];
    }
    return out;
}

// The first letter keeps hashes and addresses apart.
std::string image_key(const events::v1::Image& image) {
    if (!image.content_hash().empty()) return "h" + short_hash(image.content_hash());
    return image.url().empty() ? std::string() : "u" + short_hash(image.url());
}

NotedImages read_note(std::string_view note, const std::vector<std::string>& shown_ids) {
    NotedImages out;
    while (!note.empty()) {
        const std::string_view word = note.substr(0, note.find(' '));
        note.remove_prefix(std::min(word.size() + 1, note.size()));
        const std::size_t colon = word.find(':');
        if (colon == std::string_view::npos) continue;
        NotedImage image{.key = std::string(word.substr(0, colon)), .id = std::string(word.substr(colon + 1))};
        if (image.id.starts_with('@')) image.id = id_at(std::string_view(image.id).substr(1), shown_ids);
        out.push_back(std::move(image));
    }
    return out;
}

std::string ImportedImages::id_of(const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = ids_.find(key);
    return found == ids_.end() ? std::string() : found->second;
}

void ImportedImages::learn(const std::string& key, const std::string& id) {
    const std::lock_guard lock(mutex_);
    if (id.empty() || gone_.contains(id)) return;
    if (ids_.size() < kImportedMax || ids_.contains(key)) ids_[key] = id;
}

void ImportedImages::forget(const std::string& id) {
    const std::lock_guard lock(mutex_);
    std::erase_if(ids_, [&id](const auto& entry) { return entry.second == id; });
    if (!gone_.insert(id).second) return;
    gone_order_.push_back(id);
    if (gone_order_.size() <= kGoneMax) return;
    gone_.erase(gone_order_.front());
    gone_order_.pop_front();
}

bool ImportedImages::is_gone(const std::string& id) const {
    const std::lock_guard lock(mutex_);
    return gone_.contains(id);
}

std::optional<ImagePlan> ImagePlan::make(const std::vector<events::v1::Image>& wanted,
                                         const std::vector<std::string>& shown_ids, std::string_view note, bool replace,
                                         const ImportedImages& imported) {
    const NotedImages noted = read_note(note, shown_ids);
    const auto is_ours = [&noted](const std::string& id) {
        return std::ranges::find(noted, id, &NotedImage::id) != noted.end();
    };
    if (wanted.empty() || (noted.empty() && !shown_ids.empty() && !replace)) return std::nullopt;
    std::vector<Place> ours;
    for (const events::v1::Image& image : wanted) {
        Place place{.key = image_key(image), .url = image.url()};
        const auto known = std::ranges::find(noted, place.key, &NotedImage::key);
        if (known != noted.end() && !imported.is_gone(known->id)) place.id = known->id;
        if (place.id.empty()) place.id = imported.id_of(place.key);
        const bool doubled = std::ranges::find(ours, place.key, &Place::key) != ours.end();
        if (!place.key.empty() && !doubled && (!place.id.empty() || !place.url.empty()))
            ours.push_back(std::move(place));
    }
    ImagePlan plan;
    bool placed = false;
    for (const std::string& id : shown_ids) {
        if (is_ours(id) && !placed) {  // ours stand together where the first of them stood
            plan.places_.insert(plan.places_.end(), ours.begin(), ours.end());
            placed = true;
        }
        const bool taken = std::ranges::find(ours, id, &Place::id) != ours.end();
        if (!is_ours(id) && !taken && !replace) plan.places_.push_back({.id = id});
    }
    if (!placed) plan.places_.insert(plan.places_.end(), ours.begin(), ours.end());
    std::vector<std::string> ids;
    ids.reserve(plan.places_.size());
    for (const Place& place : plan.places_) ids.push_back(place.id);
    if (ours.empty() || (ids == shown_ids && plan.note() == note_of(noted))) return std::nullopt;
    return plan;
}

std::vector<std::string> ImagePlan::imports() const {
    std::vector<std::string> keys;
    for (const Place& place : places_)
        if (place.id.empty()) keys.push_back(place.key);
    return keys;
}

std::string ImagePlan::note() const {
    NotedImages noted;
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const Place& place = places_[i];
        if (place.key.empty()) continue;
        noted.push_back({.key = place.key, .id = place.id.empty() ? "@" + std::to_string(i) : place.id});
    }
    return note_of(noted);
}

std::string ImagePlan::note_after(const std::vector<std::string>& shown_ids, ImportedImages& imported) const {
    if (shown_ids.size() != places_.size()) return {};
    NotedImages noted;
    for (std::size_t i = 0; i < places_.size(); ++i) {
        if (places_[i].key.empty()) continue;
        noted.push_back({.key = places_[i].key, .id = shown_ids[i]});
        imported.learn(places_[i].key, shown_ids[i]);
    }
    return note_of(noted);
}

}  // namespace shopwire::woocommerce
