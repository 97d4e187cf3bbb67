#pragma once

namespace netkit {

/// A place in a list, part of what stands there: linking and unlinking are O(1) and allocate nothing. `Of` tells apart
/// the lists that one object may stand in at a time. Unlinks itself when destroyed.
template <class Of>
class ListNode {
 public:
  ListNode() = default;
  ListNode(const ListNode&) = delete;
  ListNode& operator=(const ListNode&) = delete;
  ~ListNode() { unlink(); }

  bool linked() const { return next_ != nullptr; }
  void unlink() {
    if (!linked()) return;
    previous_->next_ = next_;
    next_->previous_ = previous_;
    previous_ = next_ = nullptr;
  }

 private:
  template <class>
  friend class IntrusiveList;

  ListNode* previous_ = nullptr;
  ListNode* next_ = nullptr;
};

/// Nodes in the order they were added in. Owns none of them; those that are left are unlinked at its end.
template <class Of>
class IntrusiveList {
 public:
  using Node = ListNode<Of>;

  IntrusiveList() { ends_.previous_ = ends_.next_ = &ends_; }
  ~IntrusiveList() {
    while (pop_front() != nullptr) {
    }
    ends_.previous_ = ends_.next_ = nullptr;
  }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;

  bool empty() const { return ends_.next_ == &ends_; }
  bool has_one() const { return !empty() && ends_.next_ == ends_.previous_; }

  /// `node` is in no list.
  void push_back(Node& node) {
    node.previous_ = ends_.previous_;
    node.next_ = &ends_;
    ends_.previous_->next_ = &node;
    ends_.previous_ = &node;
  }

  /// Unlinks the first node and returns it; null if there is none.
  Node* pop_front() {
    if (empty()) return nullptr;
    Node* const first = ends_.next_;
    first->unlink();
    return first;
  }

  /// Moves all nodes of `other` behind those there are.
  void take_all(IntrusiveList& other) {
    if (other.empty()) return;
    Node* const first = other.ends_.next_;
    Node* const last = other.ends_.previous_;
    other.ends_.previous_ = other.ends_.next_ = &other.ends_;
    first->previous_ = ends_.previous_;
    ends_.previous_->next_ = first;
    last->next_ = &ends_;
    ends_.previous_ = last;
  }

 private:
  Node ends_;
};

}  // namespace netkit
