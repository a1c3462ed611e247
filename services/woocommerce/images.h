// Which image of a catalogue is which image of the shop, so that none is imported twice.
//
// An image is known by the hash of its content, or by its address where the source tells no hash.  What was imported
// stands in the product's meta data as "key:id" for each image that came from us.  The id of an image that is imported
// by the very write that notes it is not known yet: "key:@2" means the third image of the product until a second write
// has noted the id.
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "common/events/codec.h"

namespace shopwire::woocommerce {

// 96 bits of SHA-256 in hexadecimal.
std::string short_hash(std::string_view text);

std::string image_key(const events::v1::Image& image);  // empty: neither hash nor address

struct NotedImage {
    std::string key{};
    std::string id{};
};
using NotedImages = std::vector<NotedImage>;
NotedImages read_note(std::string_view note, const std::vector<std::string>& shown_ids);

// What this connection has imported lately, whatever product it was for.  Bounded; thread-safe.
class ImportedImages {
 public:
    std::string id_of(const std::string& key) const;  // empty: not known
    void learn(const std::string& key, const std::string& id);
    void forget(const std::string& id);  // the shop says that there is no such image

 private:
    mutable std::mutex mutex_{};
    std::map<std::string, std::string> ids_{};  // by key; guarded by mutex_
    std::set<std::string> gone_{};              // ids; guarded by mutex_
    std::deque<std::string> gone_order_{};      // the same, the oldest first; guarded by mutex_
    friend class ImagePlan;
    bool is_gone(const std::string& id) const;
};

// How a product's images are to become what the catalogue has.
class ImagePlan {
 public:
    struct Place {
        std::string key{};  // empty: an image of somebody else, which stays where it is
        std::string id{};   // empty: to be imported from `url`
        std::string url{};
    };
    // nullopt: nothing to write.  `replace`: images of somebody else go; else a product that has only such keeps them
    // and gets none of ours.
    static std::optional<ImagePlan> make(const std::vector<events::v1::Image>& wanted,
                                         const std::vector<std::string>& shown_ids, std::string_view note, bool replace,
                                         const ImportedImages& imported);
    const std::vector<Place>& places() const { return places_; }
    std::vector<std::string> imports() const;  // keys
    std::string note() const;                  // before the write
    // With the ids that the shop shows after it; empty when the places do not agree.
    std::string note_after(const std::vector<std::string>& shown_ids, ImportedImages& imported) const;

 private:
    std::vector<Place> places_{};
};

}  // namespace shopwire::woocommerce
