#!/usr/bin/env bash
# Opens a pull request for a champion that `make champion` has trained, with its card as the report;
# none for one that is released already, or proposed. Needs GH_TOKEN and GITHUB_REPOSITORY, as jobs of
# GitHub have them.
set -euo pipefail
cd "$(dirname "$0")/.."

# A model bears the hour of its training, so the file is another one each time. It is the same where it
# learnt from the same labels and is as good to the last digit.
told=(src/training/released/labels.parquet src/training/released/evaluation.csv)
if git diff --quiet -- "${told[@]}"; then
    echo "the champion is the one that is released"
    exit 0
fi
branch="champion-$(cat "${told[@]}" | sha256sum | cut -c -12)"
# Closed or merged ones count: people have decided.
proposed="$(gh pr list --head "$branch" --state all --json url --jq '.[].url')"
if [ -n "$proposed" ]; then
    echo "the champion is proposed already: $proposed"
    exit 0
fi
# Git asks gh for the token: in a URL it would be in the list of processes.
online=(git -c credential.helper="!gh auth git-credential")
remote="https://github.com/$GITHUB_REPOSITORY.git"
pushed="$("${online[@]}" ls-remote --heads "$remote" "$branch")"
if [ -n "$pushed" ]; then
    # A pull request was refused, or the job ended before it: what was trained then is proposed.
    "${online[@]}" fetch --quiet --depth=1 "$remote" "$branch"
    proposal=FETCH_HEAD
else
    git switch --create "$branch"
    git -c user.name="dexwatch" -c user.email="dexwatch@users.noreply.github.com" \
        commit --quiet --message "Release a champion trained on $(date -u +%Y-%m-%d)" \
        -- src/training/released src/features/bins.json docs README.md
    "${online[@]}" push --quiet "$remote" "$branch"
    proposal=HEAD
fi
git show "$proposal:src/training/released/card.md" \
    | gh pr create --head "$branch" --title "$(git log -1 --format=%s "$proposal")" --body-file -
