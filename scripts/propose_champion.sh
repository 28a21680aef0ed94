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
# Git asks gh for the token: in a URL it would be in the list of processes.
online=(git -c credential.helper="!gh auth git-credential")
remote="https://github.com/$GITHUB_REPOSITORY.git"
branch="champion-$(cat "${told[@]}" | sha256sum | cut -c -12)"
proposed="$("${online[@]}" ls-remote --heads "$remote" "$branch")"
if [ -n "$proposed" ]; then
    echo "the champion is proposed already, on $branch"
    exit 0
fi
title="Release a champion trained on $(date -u +%Y-%m-%d)"
git switch --create "$branch"
git -c user.name="dexwatch" -c user.email="dexwatch@users.noreply.github.com" \
    commit --quiet --message "$title" -- src/training/released src/features/bins.json docs README.md
"${online[@]}" push --quiet "$remote" "$branch"
gh pr create --head "$branch" --title "$title" --body-file src/training/released/card.md
